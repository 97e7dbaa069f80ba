/** One trial: a copy of a directory is harmed, then asked in the three ways in which an operator asks. Runs in a child. */
import { cpSync, rmSync } from 'node:fs';
import { inspectDirectory } from '../../audit/inspect.ts';
import { verifyDirectory } from '../../audit/verify.ts';
import { openDirectory } from '../../node/open-directory.ts';
import type { Node } from '../../node/open-node.ts';
import { scrub } from '../../node/scrub.ts';
import type { Observer } from '../../port/observer.ts';
import { type Contents, contentsOf } from './contents.ts';
import { DAMAGE_SHARDS, openDamageNode } from './damaged-data.ts';
import { doHarm, type Harm } from './harm.ts';

export interface TrialPlan {
  readonly sound: string;
  readonly older: string;
  /** Made and removed. */
  readonly directory: string;
  readonly harms: readonly Harm[];
  /** Set by the test of the proof: a fault of the product that it must find. */
  readonly mutant?: DamageMutant | undefined;
}

/** `accepts loss`: a start asks nobody. */
export type DamageMutant = 'accepts loss';

export interface TrialResult {
  /** Sentences of each; of serve those of its start and of its look through what is stored. */
  readonly inspect: readonly string[];
  readonly verify: readonly string[];
  readonly serve: readonly string[];
  /** Decisions and profiles that verify found to be others, when it said nothing of damage. */
  readonly different: number;
  /** Why the service did not start; undefined: it did. */
  readonly refusal: string | undefined;
  /** Without --accept-loss it would not start, with it: why not then either, undefined: it did. */
  readonly refusalAccepted: string | undefined;
  readonly contents: Contents | undefined;
}

/** Throws only for a bug of the trial: what the product throws is a sentence of the result. */
export async function runTrial({ sound, older, directory, harms, mutant }: TrialPlan): Promise<TrialResult> {
  cpSync(sound, directory, { recursive: true });
  try {
    for (const harm of harms) doHarm(directory, older, harm);
    const inspect = await said(async () => (await inspectDirectory(directory)).damage);
    let different = 0;
    const verify = await said(async () => {
      const verified = await verifyDirectory(directory);
      different = verified.different;
      return [...verified.findings, ...verified.differences];
    });
    const serve: string[] = [];
    const start = await started(directory, serve, mutant === 'accepts loss');
    if (typeof start !== 'string')
      return {
        ...{ inspect, verify, serve, different },
        ...{ refusal: undefined, refusalAccepted: undefined, contents: await contents(start, directory) },
      };
    const refusalAccepted = start.includes('--accept-loss') ? await acceptedFault(directory) : start;
    return {
      inspect,
      verify,
      serve: [...serve, start],
      different,
      refusal: start,
      refusalAccepted,
      contents: undefined,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a sound directory says. */
export async function readTruth(sound: string, directory: string): Promise<Contents> {
  cpSync(sound, directory, { recursive: true });
  try {
    const node = await started(directory, [], false);
    if (typeof node === 'string') throw new Error(`the sound directory is refused: ${node}`);
    return await contents(node, directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Why it does not go on when the loss is accepted; undefined: it does, and from then on nobody has to accept anything. */
async function acceptedFault(directory: string): Promise<string | undefined> {
  for (const acceptLoss of [true, false]) {
    const node = await started(directory, [], acceptLoss);
    if (typeof node === 'string') return acceptLoss ? node : `started once, and then not again: ${node}`;
    await node.close();
  }
  return undefined;
}

async function started(directory: string, told: string[], acceptLoss: boolean): Promise<Node | string> {
  const tell: Observer = {
    count: () => {},
    gauge: () => {},
    time: () => {},
    fault: (sentence, cause) =>
      void told.push(cause instanceof Error ? `${sentence}: ${cause.message}` : sentence),
    info: () => {},
  };
  let node: Node | undefined;
  try {
    node = await openDamageNode(directory, tell, { acceptLoss });
    await scrub(node.stores, DAMAGE_SHARDS, (sentence) => tell.fault(sentence));
    return node;
  } catch (fault) {
    // Its lock would be found to be gone with the directory, and end the process in a later trial.
    await node?.close();
    return sentenceOf(fault);
  }
}

async function contents(node: Node, directory: string): Promise<Contents> {
  const quiet: Observer = { count() {}, gauge() {}, time() {}, fault() {}, info() {} };
  return contentsOf(node, async () => (await openDirectory(directory, quiet)).stores);
}

async function said(look: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await look();
  } catch (fault) {
    return [sentenceOf(fault)];
  }
}

/** What a command prints; a bug shows its stack there, and is marked here. */
function sentenceOf(fault: unknown): string {
  const isExpected = fault instanceof Error && (fault.name === 'PortError' || fault.name === 'CommandError');
  return isExpected ? fault.message : `BUG: ${fault instanceof Error ? fault.stack : String(fault)}`;
}
