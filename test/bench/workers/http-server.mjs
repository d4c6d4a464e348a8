/** Answers with a short JSON, or with as many bytes as `/<bytes>` asks for. Prints its port; ends with its standard input. */
import { createServer } from 'node:http';

const piece = Buffer.alloc(65_536, 'x');

const server = createServer((request, response) => {
  let left = Number(request.url.slice(1));
  if (left === 0) {
    response.setHeader('content-type', 'application/json');
    response.end('{"ok":true}');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': left });
  const write = () => {
    while (left > 0) {
      const size = Math.min(left, piece.length);
      left -= size;
      if (!response.write(piece.subarray(0, size))) return;
    }
    response.end();
  };
  response.on('drain', write);
  write();
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('end', () => process.exit()).resume();
