/** BM25 from what FTS4 counts: `hex(matchinfo(table, 'pcnalx'))`. */

/** How soon a word that is repeated counts no more, and how much long texts are held back. */
const K1 = 1.2;
const B = 0.75;

/** @param hex 32-bit counts in the byte order of WebAssembly (little endian). */
export function bm25(hex: string): number {
  const bytes = Buffer.from(hex, 'hex');
  const at = (index: number): number => bytes.readUInt32LE(index * 4);
  const [phrases, columns, documents] = [at(0), at(1), at(2)];
  const [averageLength, length] = [at(3) || 1, at(3 + columns)];
  let score = 0;
  for (let phrase = 0; phrase < phrases; phrase++) {
    const from = 3 + 2 * columns + 3 * phrase * columns;
    const [hits, documentsWithHits] = [at(from), at(from + 2)];
    if (hits === 0) continue;
    const rarity = Math.log(1 + (documents - documentsWithHits + 0.5) / (documentsWithHits + 0.5));
    score += (rarity * hits * (K1 + 1)) / (hits + K1 * (1 - B + (B * length) / averageLength));
  }
  return score;
}
