/** Dependencies: exact, explained, and installable without downloads at install time. */
import { expect, test } from 'vitest';
import { importsOf, product, read, scripts, tests } from './tree.ts';

interface Package {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  scripts: Record<string, string>;
  files: string[];
}
const pack: Package = JSON.parse(read('package.json').text);
const all = { ...pack.dependencies, ...pack.devDependencies };
const nameOf = (specifier: string): string => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
/** Not a path: templates of files to be written hold imports too, and are not looked at. */
const isPackage = (specifier: string): boolean =>
  !specifier.endsWith('.ts') &&
  !/^(node:|#|\.|src\/|compiler\/|machines\/|test\/|scripts\/|schemas\/)/.test(specifier);

test('versions are exact', () => {
  expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('every dependency has a line in docs/dependencies.md, and every line there is a dependency', () => {
  const named = [...read('docs/dependencies.md').text.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(Object.keys(all).sort());
});

test('what the product imports is a dependency, not only a tool of development', () => {
  const used = new Set(product().flatMap(importsOf).filter(isPackage).map(nameOf));
  expect([...used].filter((name) => pack.dependencies[name] === undefined)).toEqual([]);
});

/** test/bench has a package.json of its own, for what is only compared with. */
const ownTests = () => tests().filter(({ path }) => !path.startsWith('test/bench/'));

test('what scripts and tests import is declared', () => {
  const used = new Set([...scripts(), ...ownTests()].flatMap(importsOf).filter(isPackage).map(nameOf));
  expect([...used].filter((name) => all[name] === undefined)).toEqual([]);
});

/** Chosen and installed for parts that are being built. An entry that is used by now must go from here. */
const NOT_USED_YET: readonly string[] = [];

test('no dependency is there for nothing', () => {
  const code = [...product(), ...scripts(), ...tests(), read('vitest.config.ts'), read('scripts/build.mjs')];
  const used = new Set(code.flatMap(importsOf).filter(isPackage).map(nameOf));
  const commands = Object.values(pack.scripts).join(' ');
  const idle = Object.keys(all).filter((name) => {
    if (used.has(name) || name.startsWith('@types/')) return false;
    const command = { '@biomejs/biome': 'biome', typescript: 'tsc' }[name] ?? name;
    return !new RegExp(`(^|[\\s])${command}\\b`).test(commands);
  });
  expect(idle.sort()).toEqual(NOT_USED_YET);
});

test('the lock file installs nothing that runs a script, apart from what is known not to download', () => {
  const lock: {
    packages: Record<string, { hasInstallScript?: boolean; optional?: boolean; resolved?: string }>;
  } = JSON.parse(read('package-lock.json').text);
  const withScripts = Object.entries(lock.packages)
    .filter(
      ([path, { hasInstallScript, optional }]) =>
        path !== '' && hasInstallScript === true && optional !== true,
    )
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
  // esbuild's script only checks that its platform package, which npm installed, is there.
  expect([...new Set(withScripts)].sort()).toEqual(['esbuild']);
  const elsewhere = Object.values(lock.packages).filter(
    ({ resolved }) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
  );
  expect(elsewhere).toEqual([]);
});

test('what the scripts of package.json start is there', () => {
  const named = Object.values(pack.scripts).flatMap((line) => line.match(/\bscripts\/[\w-]+\.\w+/g) ?? []);
  const present = scripts().map(({ path }) => path);
  expect(named.filter((path) => !present.includes(path))).toEqual([]);
});
