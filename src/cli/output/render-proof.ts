/** Proofs for people: a line for each question, then what was found with the run that shows it, then what failures undo. */
import type { Finding, Proof, QuestionAnswer } from '#compiler';
import type { ProvedFile } from '../app-api.ts';
import type { Paint } from '../terminal.ts';
import { displayPath } from './display-path.ts';
import { count } from './format.ts';

interface ProofStyle {
  paint: Paint;
  cwd: string;
}

/** Rows of the table of failures, and ends of a trace, that are printed; all are in `--json`. */
const MAX_ROWS = 20;
const MAX_EVENTS = 16;
const MAX_FINDINGS = 100;
const MAX_OPEN = 10;
const MAX_LAYERS = 6;

const QUESTIONS: Readonly<Record<QuestionAnswer['question'], readonly [what: string, claim: string]>> = {
  joins: ['join', 'met in every run'],
  references: ['reference', 'there in every run'],
  waits: ['wait', 'sure of its event'],
  steps: ['step', 'can run'],
  handlers: ['handler', 'can run'],
  pools: ['child workflow', 'never waits for a slot that its parents hold'],
};

export async function renderProof(files: readonly ProvedFile[], style: ProofStyle): Promise<string> {
  const blocks: string[] = [];
  for (const file of files) {
    if (file.proof !== undefined) blocks.push(await renderFile(file, file.proof, style));
  }
  return blocks.join('\n\n');
}

async function renderFile(file: ProvedFile, proof: Proof, { paint, cwd }: ProofStyle): Promise<string> {
  const { formatDiagnostic } = await import('#compiler');
  const name = displayPath(file.file, cwd);
  const findings = shownFindings(proof.findings).map((finding) => {
    const severity = finding.severity === 'error' ? 'error' : 'warning';
    const head = formatDiagnostic({ ...finding, severity }, file.source, name, {
      color: paint.isColorSupported,
    });
    const marked = finding.severity === 'note' ? head.replace('warning: ', 'note: ') : head;
    return [marked.trimEnd(), ...traceLines(finding, paint)].join('\n');
  });
  return [
    [paint.bold(name), ...proof.answers.map((answer) => answerLine(answer, proof.findings, paint))].join(
      '\n',
    ),
    ...findings,
    ...leftOut(proof.findings, paint),
    ...failureTable(proof, paint),
    paint.dim(`assuming that ${proof.assumptions.join('; ')}`),
  ].join('\n\n');
}

function answerLine(
  { question, asked, proved, refuted, unknown }: QuestionAnswer,
  findings: readonly Finding[],
  paint: Paint,
): string {
  const [what, claim] = QUESTIONS[question];
  if (asked === 0) return `  ${paint.dim(`– ${question}: none`)}`;
  const onlyNotes = findings.every((finding) => finding.question !== question || finding.severity === 'note');
  const mark =
    refuted > 0 && !onlyNotes ? paint.red('✖') : unknown > 0 ? paint.yellow('?') : paint.green('✔');
  const parts = [
    `${proved} of ${count(asked, what)} ${claim}`,
    ...(refuted > 0 ? [`${refuted} refuted`] : []),
    ...(unknown > 0 ? [`${unknown} not proved`] : []),
  ];
  return `  ${mark} ${question}: ${parts.join(', ')}`;
}

/** All that is wrong, and the first of what is not proved. */
function shownFindings(findings: readonly Finding[]): Finding[] {
  const open = new Set(findings.filter(({ answer }) => answer === 'unknown').slice(MAX_OPEN));
  return findings.filter((finding) => !open.has(finding)).slice(0, MAX_FINDINGS);
}

function leftOut(findings: readonly Finding[], paint: Paint): string[] {
  const left = findings.length - shownFindings(findings).length;
  return left === 0 ? [] : [paint.dim(`… ${left} more: --json has all`)];
}

function traceLines({ trace, confirmed }: Finding, paint: Paint): string[] {
  if (trace === undefined) return [];
  const shown = trace.events.length > MAX_EVENTS ? trace.events.slice(-MAX_EVENTS) : trace.events;
  const left = trace.events.length - shown.length;
  const events = shown.map(({ step, ends, why }) => {
    const word = ends === 'allowed' ? 'failed (allowed)' : ends;
    return `${step} ${word}${why === undefined || why === 'it fails' ? '' : ` (${why})`}`;
  });
  const path = [...(left > 0 ? [`${count(left, 'step')} before`] : []), ...events].join(' → ');
  return [
    ...(trace.given.length === 0 ? [] : [`    ${paint.dim('when')}  ${trace.given.join(', ')}`]),
    ...(path === '' ? [] : [`    ${paint.dim('run')}   ${path}`]),
    `    ${paint.dim('then')}  ${trace.outcome}${confirmed === true ? paint.dim(' (checked on the statechart)') : ''}`,
  ];
}

function failureTable({ failurePoints, undoneBefore }: Proof, paint: Paint): string[] {
  const worth = failurePoints.filter(({ undone, left }) => undone.length > 0 || left.length > 1);
  if (worth.length === 0) return [];
  const order = new Map<string, Set<string>>();
  for (const [first, second] of undoneBefore) order.set(first, (order.get(first) ?? new Set()).add(second));
  const rows = worth.slice(0, MAX_ROWS).map(({ step, undone, maybe, left }) => {
    const undo = undone.length === 0 ? 'nothing' : undoText(undone, new Set(maybe), order);
    const stays = left.length === 0 ? '' : paint.yellow(`  stays: ${shortList(left)}`);
    return `  ${step} fails  ${paint.dim('undo')} ${undo}${stays}`;
  });
  const more =
    worth.length > MAX_ROWS ? [paint.dim(`  … ${worth.length - MAX_ROWS} more: --json has all`)] : [];
  return [[paint.bold('when a step fails'), ...rows, ...more].join('\n')];
}

/** `c, then a ∥ b`: what stands beside ∥ has no order of its own; `?` marks what may not have begun. */
function undoText(
  undone: readonly string[],
  maybe: ReadonlySet<string>,
  order: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const layers: string[][] = [];
  const later = new Set<string>();
  let shown = 0;
  for (const id of undone) {
    const isAfter = layers.length === 0 || later.has(id);
    if (isAfter && layers.length === MAX_LAYERS) break;
    if (isAfter) {
      layers.push([id]);
      later.clear();
    } else layers.at(-1)?.push(id);
    addLater(id, order, later);
    shown++;
  }
  const words = layers.map((layer) => layer.map((id) => (maybe.has(id) ? `${id}?` : id)).join(' ∥ '));
  const left = undone.length - shown;
  return [...words, ...(left > 0 ? [`… ${left} more`] : [])].join(', then ');
}

function addLater(id: string, order: ReadonlyMap<string, ReadonlySet<string>>, later: Set<string>): void {
  const found = [id];
  for (const each of found) {
    for (const next of order.get(each) ?? []) {
      if (later.has(next)) continue;
      later.add(next);
      found.push(next);
    }
  }
}

const shortList = (ids: readonly string[]): string =>
  ids.length <= 5 ? ids.join(', ') : `${ids.slice(0, 5).join(', ')} … ${ids.length - 5} more`;
