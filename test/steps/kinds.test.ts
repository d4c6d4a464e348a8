/** Every kind is whole: sources, page, example and test exist and agree. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { compile } from '#compiler';
import { newStep, nextSteps } from '../../scripts/new-step.ts';
import { renderStepsDocs } from '../../scripts/steps-docs.ts';
import { builtinCatalog } from '../../src/steps/catalog.ts';

const ROOT = join(import.meta.dirname, '../..');
const kinds = [...builtinCatalog.values()];

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (name, kind) => {
  it('has its sources, page, example and test', () => {
    const files = [
      `src/steps/${name}/index.ts`,
      `src/steps/${name}/schema.ts`,
      `docs/steps/${name}.md`,
      `examples/steps/${name}.yaml`,
      `test/steps/${name}.test.ts`,
    ];
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(existsSync(join(ROOT, `src/steps/${name}/run.ts`))).toBe(kind.run !== undefined);
    expect(kind.run !== undefined || kind.control !== undefined).toBe(true);
  });

  it('describes each of its fields and refuses all others', () => {
    const fields = Object.entries(kind.schema.properties);
    expect(
      fields.filter(([, schema]) => !(schema.description ?? '').endsWith('.')).map(([field]) => field),
    ).toEqual([]);
    expect(kind.schema.additionalProperties).toBe(false);
    expect(kind.summary).toMatch(/^[A-Z].*\.$/);
  });

  it('has an example that compiles without a warning', () => {
    const source = readFileSync(join(ROOT, `examples/steps/${name}.yaml`), 'utf8');
    expect(compile(source, { catalog: builtinCatalog })).toMatchObject({ ok: true, diagnostics: [] });
  });
});

it('pages show the fields and examples of the code; npm run generate makes them current', () => {
  for (const { path, content } of renderStepsDocs(ROOT))
    expect(readFileSync(join(ROOT, path), 'utf8'), path).toBe(content);
});

describe('npm run new:step', () => {
  it('writes the six files of a kind and says what is left', () => {
    const root = mkdtempSync(join(tmpdir(), 'keystone-new-step-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    const written = newStep(root, 'mail');
    expect(written).toEqual([
      'src/steps/mail/index.ts',
      'src/steps/mail/schema.ts',
      'src/steps/mail/run.ts',
      'docs/steps/mail.md',
      'examples/steps/mail.yaml',
      'test/steps/mail.test.ts',
    ]);
    expect(readdirSync(join(root, 'src/steps/mail')).sort()).toEqual(['index.ts', 'run.ts', 'schema.ts']);
    expect(nextSteps('mail')).toContain("import { mail } from './mail/index.ts'");
  });

  it('refuses names that are no kinds, and kinds that exist', () => {
    expect(() => newStep(ROOT, 'Bad-Name')).toThrow('no name for a kind');
    expect(() => newStep(ROOT, '../x')).toThrow('no name for a kind');
    expect(() => newStep(ROOT, 'shell')).toThrow('there is already src/steps/shell/index.ts');
  });
});
