/** The process's streams as the command line uses them: results on stdout, talk on stderr. */
import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

export interface OutputStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
  rows?: number;
}

export interface Streams {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout: OutputStream;
  stderr: OutputStream;
  /** What it means when the reader of stdout goes away (`| head`): the command is over, or goes on unheard. @default 'exit' */
  brokenPipe?: 'exit' | 'ignore';
}

export type ColorChoice = 'auto' | 'always' | 'never';

export class Terminal {
  readonly streams: Streams;
  /** Only results and errors are printed. */
  readonly quiet: boolean;
  readonly #dumb: boolean;
  #color: ColorChoice;
  #display: ((line: string) => void) | undefined;

  /** @param options `dumb`: it can do no more than print lines */
  constructor(streams: Streams, options: { color: ColorChoice; quiet: boolean; dumb?: boolean }) {
    this.streams = streams;
    this.quiet = options.quiet;
    this.#dumb = options.dumb ?? false;
    this.#color = options.color;
  }

  /** Replaces what the environment said by what the configuration says. */
  useColor(color: ColorChoice): void {
    this.#color = color;
  }

  /** Colours for what goes to stdout. */
  get paint(): Paint {
    return this.#paintFor(this.streams.stdout);
  }

  /** Colours for what goes to stderr. */
  get talkPaint(): Paint {
    return this.#paintFor(this.streams.stderr);
  }

  #paintFor(stream: OutputStream): Paint {
    return pc.createColors(
      this.#color === 'always' || (this.#color === 'auto' && stream.isTTY === true && !this.#dumb),
    );
  }

  /** Whether a live display makes sense. One without a size (as `script` gives) would be cleared at each change, history and all. */
  get interactive(): boolean {
    const { isTTY, columns, rows } = this.streams.stderr;
    return isTTY === true && !this.quiet && !this.#dumb && columns !== 0 && rows !== 0;
  }

  /** Width for tables on stdout. @default 100 when it is no terminal */
  get columns(): number {
    return this.streams.stdout.columns ?? 100;
  }

  /** Prints a result line (or lines) on stdout. */
  result(text: string): void {
    this.streams.stdout.write(`${text}\n`);
  }

  json(value: unknown): void {
    this.result(JSON.stringify(value, null, 2));
  }

  /** Prints talk on stderr; nothing under `--quiet`. */
  talk(text: string): void {
    if (!this.quiet) this.complain(text);
  }

  /** Prints an error on stderr, even under `--quiet`. */
  complain(text: string): void {
    if (this.#display === undefined) this.streams.stderr.write(`${text}\n`);
    else this.#display(text);
  }

  /** Hands stderr to a live display, which must print what is said meanwhile; undefined takes it back. */
  handOver(display: ((text: string) => void) | undefined): void {
    this.#display = display;
  }
}
