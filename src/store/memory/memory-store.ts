/** A memory on SQLite: words by FTS4 and BM25, vectors by cosine over all of them. */
import type {
  MemoryFilter,
  MemoryHit,
  MemoryItem,
  MemorySearch,
  MemoryStore,
  MemoryVector,
} from '../memory-port.ts';
import type { Database } from '../sqljs/database.ts';
import { fromText } from '../sqljs/json.ts';
import type { RowReader } from '../sqljs/statement.ts';
import { bm25 } from './bm25.ts';
import { fits } from './filter.ts';
import { cosine, decodeVector, encodeVector } from './vector.ts';
import { wordQuery } from './words.ts';

const COLUMNS = 'm.id, m.text, m.metadata, m.created_at';

interface Parts {
  database: Database;
  /** Gives up the lock files. */
  retire(): void;
}

export class SqljsMemoryStore implements MemoryStore {
  readonly #database: Database;
  #closed = false;

  constructor(private readonly parts: Parts) {
    this.#database = parts.database;
  }

  async put(item: MemoryItem, vector?: MemoryVector): Promise<boolean> {
    return this.#database.write(() => {
      const known = this.#number(item.id);
      const number = known ?? this.#insert(item);
      if (vector !== undefined)
        this.#database
          .prepare('INSERT OR REPLACE INTO memory_vectors (memory, model, vector) VALUES (?, ?, ?)')
          .run(number, vector.model, encodeVector(vector.values));
      return known === undefined;
    });
  }

  async byWords(query: string, search: MemorySearch): Promise<MemoryHit[]> {
    const words = wordQuery(query);
    if (words === undefined) return [];
    const found = this.#database.read(() =>
      this.#database
        .prepare(
          `SELECT ${COLUMNS}, hex(matchinfo(memory_words, 'pcnalx')) FROM memory_words w JOIN memories m ON m.number = w.rowid WHERE memory_words MATCH ?`,
        )
        .all([words], (row) => ({ ...readItem(row), score: bm25(row.text(4)) })),
    );
    return best(found, search);
  }

  async byVector({ model, values }: MemoryVector, search: MemorySearch): Promise<MemoryHit[]> {
    const found = this.#database.read(() =>
      this.#database
        .prepare(
          `SELECT ${COLUMNS}, v.vector FROM memory_vectors v JOIN memories m ON m.number = v.memory WHERE v.model = ?`,
        )
        .all([model], (row) => ({ ...readItem(row), score: cosine(values, decodeVector(row.text(4))) })),
    );
    return best(found, search);
  }

  async withoutVector(model: string, limit: number): Promise<MemoryItem[]> {
    return this.#database.read(() =>
      this.#database
        .prepare(
          `SELECT ${COLUMNS} FROM memories m WHERE NOT EXISTS (SELECT 1 FROM memory_vectors v WHERE v.model = ?1 AND v.memory = m.number) ORDER BY m.number LIMIT ?2`,
        )
        .all([model, limit], readItem),
    );
  }

  async forget(which: { ids: readonly string[] } | { filter: MemoryFilter }): Promise<number> {
    return this.#database.write(() => {
      const numbers =
        'ids' in which
          ? which.ids.flatMap((id) => this.#number(id) ?? [])
          : this.#database
              .prepare('SELECT number, metadata FROM memories')
              .all([], (row) => ({ number: row.integer(0), metadata: row.text(1) }))
              .filter(({ metadata }) => fits(fromText(metadata), which.filter))
              .map(({ number }) => number);
      for (const number of numbers) {
        this.#database.prepare('DELETE FROM memory_words WHERE rowid = ?').run(number);
        this.#database.prepare('DELETE FROM memory_vectors WHERE memory = ?').run(number);
        this.#database.prepare('DELETE FROM memories WHERE number = ?').run(number);
      }
      return numbers.length;
    });
  }

  async count(): Promise<number> {
    return this.#database.read(
      () => this.#database.prepare('SELECT count(*) FROM memories').get([], (row) => row.integer(0)) ?? 0,
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#database.close();
    } finally {
      this.parts.retire();
    }
  }

  #number(id: string): number | undefined {
    return this.#database
      .prepare('SELECT number FROM memories WHERE id = ?')
      .get([id], (row) => row.integer(0));
  }

  #insert({ id, text, metadata, createdAt }: MemoryItem): number {
    this.#database
      .prepare('INSERT INTO memories (id, text, metadata, created_at) VALUES (?, ?, ?, ?)')
      .run(id, text, JSON.stringify(metadata), createdAt);
    const number = this.#number(id);
    if (number === undefined) throw new Error('a memory that was just written is not there');
    this.#database.prepare('INSERT INTO memory_words (rowid, text) VALUES (?, ?)').run(number, text);
    return number;
  }
}

const readItem = (row: RowReader): MemoryItem => ({
  id: row.text(0),
  text: row.text(1),
  metadata: fromText(row.text(2)),
  createdAt: row.integer(3),
});

/** Of equal ones the newest first. */
function best(found: readonly MemoryHit[], { filter, limit }: MemorySearch): MemoryHit[] {
  return found
    .filter(({ metadata }) => fits(metadata, filter))
    .sort((a, b) => b.score - a.score || b.createdAt - a.createdAt)
    .slice(0, limit);
}
