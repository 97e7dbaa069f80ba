/** Harms copies of a directory in many ways, and judges what is said and served of each. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Rng, seedRng } from '../../base/rng.ts';
import type { Observer } from '../../port/observer.ts';
import type { Contents } from './contents.ts';
import { writeDamageData } from './damaged-data.ts';
import { classOf, drawHarm, HARM_KINDS, type Harm } from './harm.ts';
import { type DamageMutant, readTruth, type TrialResult } from './trial.ts';
import { TrialRunner } from './trial-runner.ts';

export interface DamageReport {
  readonly trials: number;
  /** Trials by kind of file and of harm; a pair counts for both. */
  readonly harms: Readonly<Record<string, number>>;
  /** What changed nothing that anybody can ask for: a flipped bit where nothing is stored. */
  readonly harmless: number;
  /** Said, and made good by a service that started: every profile, edition and product is what it was. */
  readonly healed: number;
  /** Said, and a service does not start as it is: no copy exists. By sentence, without numbers. */
  readonly unhealed: Readonly<Record<string, number>>;
  /** The same with `--accept-loss`: how many started. */
  readonly startedAccepted: number;
  /** A service started and answered otherwise. */
  readonly wrongAnswers: number;
  /** Something is otherwise, and nobody said so. */
  readonly silent: number;
  /** Of `inspect`, `verify` and `serve` some said that something is damaged, and some that nothing is. */
  readonly saidDifferently: number;
  /** A service did not start though a copy exists. */
  readonly unhealedWithCopy: number;
  /** All that was said offered `--accept-loss`, and with it a service did not start, or not a second time. */
  readonly notAccepted: number;
  /** A process died, hung, or ended by a bug. */
  readonly died: number;
  /** A consistent older state that nothing can tell from the newest. */
  readonly undetectable: number;
  /** The first of all that is wrong. */
  readonly sentences: readonly string[];
}

export interface DamagePlan {
  readonly trials: number;
  readonly seed: number;
  /** A fresh directory, or that of another run: its data is harmed again. */
  readonly directory: string;
  readonly progress: (done: number, of: number) => void;
  /** Instead of drawn ones. */
  readonly harms?: readonly (readonly Harm[])[];
  readonly mutant?: DamageMutant;
}

const quiet: Observer = { count() {}, gauge() {}, time() {}, fault() {}, info() {} };

export async function runDamage({
  trials,
  seed,
  directory,
  progress,
  harms,
  mutant,
}: DamagePlan): Promise<DamageReport> {
  const [older, killed, torn, stopped] = ['older', 'killed', 'torn', 'stopped'].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  if (!existsSync(stopped)) await writeDamageData({ older, killed, torn, stopped }, quiet);
  const truthOf = (sound: string): Promise<Contents> => readTruth(sound, join(directory, 'truth'));
  const truths = { killed: await truthOf(killed), stopped: await truthOf(stopped) };
  const tally = new Tally([truths.killed]);
  const rng = seedRng(seed, 0xda);
  const runner = new TrialRunner();
  const plansOf = (sound: string) => harms ?? planned(sound, trials, rng);
  const plans = { killed: plansOf(killed), stopped: plansOf(stopped) };
  const tried = async (sound: string, harm: readonly Harm[], from = older): Promise<void> => {
    const trial = { sound, older: from, directory: join(directory, 'trial'), harms: harm, mutant };
    tally.add(harm, await runner.run(trial), sound === killed ? truths.killed : truths.stopped);
  };
  try {
    for (let i = 0; i < trials; i++) {
      // A kill leaves more in the log alone, a clean end has everything twice: both in turn.
      const isKilled = i % 2 === 0;
      await tried(isKilled ? killed : stopped, (isKilled ? plans.killed : plans.stopped)[i] ?? []);
      progress(i + 1, trials);
    }
    await tried(killed, []);
    // What nothing can tell: all of it is older, or the last record was never followed by a beat.
    await tried(stopped, [{ file: '.', kind: 'older', places: [] }], killed);
    await tried(torn, [{ file: 'log', kind: 'older', places: [] }], killed);
  } finally {
    runner.close();
  }
  return tally.report(trials);
}

/** Every kind of harm to every kind of file once, then drawn ones, half of them pairs. */
function planned(directory: string, trials: number, rng: Rng): (readonly Harm[])[] {
  const byClass = new Map<string, string[]>();
  for (const file of filesOf(directory)) {
    const name = classOf(file);
    byClass.set(name, [...(byClass.get(name) ?? []), file]);
  }
  const classes = [...byClass.keys()];
  const draw = (name: string, kind: Harm['kind']): Harm => {
    const files = byClass.get(name) ?? [];
    return drawHarm(directory, files[rng.intBelow(files.length)] ?? '', kind, rng);
  };
  const kindsOf = (name: string): readonly Harm['kind'][] =>
    name.endsWith('/') ? ['lost', 'older'] : HARM_KINDS;
  const any = (): Harm => {
    const name = classes[rng.intBelow(classes.length)] ?? '';
    const kinds = kindsOf(name);
    return draw(name, kinds[rng.intBelow(kinds.length)] ?? 'lost');
  };
  const plans: (readonly Harm[])[] = classes.flatMap((name) =>
    kindsOf(name).map((kind) => [draw(name, kind)]),
  );
  while (plans.length < trials) {
    const first = any();
    const second = any();
    plans.push(rng.intBelow(2) === 0 || first.file === second.file ? [first] : [first, second]);
  }
  return plans.slice(0, trials);
}

/** All files and the folders of many, relative; LMDB's own lock holds nothing. */
function filesOf(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((name) => !['state.mdb-lock', 'lock'].includes(name))
    .sort();
  return [...names, 'log', 'archive', 'images'];
}

class Tally {
  readonly #states: readonly Contents[];
  readonly #harms = new Map<string, number>();
  readonly #unhealed = new Map<string, number>();
  readonly #sentences: string[] = [];
  #counts = { harmless: 0, healed: 0, startedAccepted: 0, wrongAnswers: 0, silent: 0, saidDifferently: 0 };
  #faults = { unhealedWithCopy: 0, notAccepted: 0, died: 0, undetectable: 0 };

  /** `states`: older ones that were consistent. */
  constructor(states: readonly Contents[]) {
    this.#states = states;
  }

  add(harms: readonly Harm[], result: TrialResult | string, truth: Contents): void {
    for (const { file, kind } of harms) bump(this.#harms, `${classOf(file)} ${kind}`);
    const name = harms
      .map(({ file, kind, places }) => `${file} ${kind} ${places.join(' ')}`.trim())
      .join(' + ');
    if (typeof result === 'string') {
      this.#faults.died++;
      return this.#wrong('died', name, result);
    }
    const { inspect, verify, serve, refusal, refusalAccepted, contents, different } = result;
    const bug = [...inspect, ...verify, ...serve].find((sentence) => sentence.startsWith('BUG'));
    if (bug !== undefined) {
      this.#faults.died++;
      return this.#wrong('died', name, bug);
    }
    const said = [inspect, verify, serve].filter((sentences) => sentences.length > 0).length;
    if (said === 1 || said === 2) {
      this.#counts.saidDifferently++;
      const lines = [inspect, verify, serve].map((sentences) => sentences[0] ?? 'nothing').join(' | ');
      this.#wrong('said differently', name, lines);
    }
    if (refusal !== undefined) {
      if (said === 0) this.#silent(name, 'it did not start');
      bump(this.#unhealed, generalOf(refusal));
      const isOffered = refusal.split('\n').every((sentence) => sentence.includes('--accept-loss'));
      if (refusalAccepted === undefined) this.#counts.startedAccepted++;
      else if (isOffered) {
        this.#faults.notAccepted++;
        this.#wrong('not started with --accept-loss', name, refusalAccepted);
      }
      if (!hasNoCopy(harms)) {
        this.#faults.unhealedWithCopy++;
        this.#wrong('unhealed though there is a copy', name, refusal);
      }
      return;
    }
    const wrong = contents === undefined ? 'nothing could be asked' : differenceOf(contents, truth);
    if (wrong === undefined && said === 0) this.#counts.harmless++;
    else if (wrong === undefined) this.#counts.healed++;
    if (different > 0 && wrong === undefined) this.#wrong('verify differs', name, verify.join('; '));
    if (wrong === undefined) return;
    const isConsistent = this.#states.some(
      (state) => contents !== undefined && !differenceOf(contents, state),
    );
    if (said === 0 && isConsistent) {
      this.#faults.undetectable++;
      return;
    }
    this.#counts.wrongAnswers++;
    this.#wrong('wrong answers', name, `${wrong}; said: ${serve.join('; ')}`);
    if (said === 0) this.#silent(name, wrong);
  }

  report(trials: number): DamageReport {
    return {
      trials,
      ...this.#counts,
      ...this.#faults,
      unhealed: Object.fromEntries(this.#unhealed),
      harms: Object.fromEntries([...this.#harms].sort()),
      sentences: this.#sentences,
    };
  }

  #silent(name: string, what: string): void {
    this.#counts.silent++;
    this.#wrong('silent', name, what);
  }

  #wrong(what: string, name: string, detail: string): void {
    if (this.#sentences.length < 40) this.#sentences.push(`${what}: ${name}: ${detail}`);
  }
}

/** What a service says otherwise than the truth. */
function differenceOf({ profiles, shared }: Contents, truth: Contents): string | undefined {
  if (shared !== truth.shared) return 'editions or catalogue are others';
  const names = new Set([...Object.keys(truth.profiles), ...Object.keys(profiles)]);
  const others = [...names].filter((name) => truth.profiles[name] !== profiles[name]);
  return others.length === 0
    ? undefined
    : `${others.length} of ${names.size} profiles are others, ${others[0]} first`;
}

/**
 * Whether what was harmed may have held the only copy of something: records of the hot log; catalogue and editions where both of
 * their copies were harmed; profiles whose first records have expired, where snapshots and images were, or what leads from an
 * image to now.
 */
function hasNoCopy(harms: readonly Harm[]): boolean {
  const hit = new Set(harms.map(({ file }) => classOf(file)));
  const isHit = (start: string): boolean => [...hit].some((name) => name.startsWith(start));
  if (hit.has('log/*.log') || hit.has('log/')) return true;
  if (!hit.has('state.mdb')) return false;
  return hit.has('editions.log') || isHit('images');
}

/** A sentence without paths and numbers. */
function generalOf(sentence: string): string {
  const [first = ''] = sentence.split('\n');
  return first.replace(/\/\S+\//g, '').replace(/\d+/g, 'n');
}

function bump(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
