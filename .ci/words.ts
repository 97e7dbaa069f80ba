import { isTest, listFiles, readText } from './repository.ts';
import type { Step, StepResult } from './step.ts';

/** Files of others, history, and this rule's own words. */
const LEFT_OUT =
  /^(proto\/(buf|google)\/|src\/gen\/|LICENSE$|CHANGELOG\.md$|package-lock\.json$|\.ci\/(words|planted)\.ts$)/;
const TEXT = /\.(ts|proto|ya?ml|md|json|cjs)$/;

/** The person is the customer (they); customers in stories have names. */
const PRONOUN = /\b(she|her|hers|herself)\b/i;

/** What a thing is called, and what it was called before: two names for one thing make two things of it. */
const RENAMED: Readonly<Record<string, string>> = {
  Door: 'CustomerGateway',
  Hub: 'ChannelRegistry',
  Residents: 'ActorCache',
  Wakeups: 'TimerQueue',
  AfterAppend: 'CommitEffects',
  PACES: 'INTERVALS',
  ShedClass: 'Priority',
  foldInput: 'applyEvent',
  placeOf: 'decisionRef',
  isDamaged: 'isCorrupt',
  turnTo: 'advanceTo',
  TurnedService: 'VirtualNode',
  takeHand: 'attemptDelivery',
};
const OLD_NAME = new RegExp(String.raw`\b(${Object.keys(RENAMED).join('|')})\b`);

const EXPORTED = /^export (?:async )?(?:abstract )?(?:function\*?|class|const|interface|type) (\w+)/gm;

/** Words that the whole tree keeps: no pronoun for the customer, no old name, and an exported name in one file only. */
export const words: Step = {
  name: 'words',
  filesMin: 150,
  run(root: string): StepResult {
    const paths = listFiles(root).filter((path) => TEXT.test(path) && !LEFT_OUT.test(path));
    const faults: string[] = [];
    const exporters = new Map<string, string[]>();
    for (const path of paths) {
      const text = readText(root, path);
      for (const [i, line] of text.split('\n').entries()) {
        const pronoun = PRONOUN.exec(line)?.[1];
        if (pronoun !== undefined) faults.push(`${path}:${i + 1} says "${pronoun}"; a customer is "they".`);
        const old = OLD_NAME.exec(line)?.[1];
        if (old !== undefined) faults.push(`${path}:${i + 1} says ${old}, which is ${RENAMED[old]} now.`);
      }
      if (!path.startsWith('src/') || isTest(path)) continue;
      for (const [, name = ''] of text.matchAll(EXPORTED))
        exporters.set(name, [...(exporters.get(name) ?? []), path]);
    }
    for (const [name, where] of exporters)
      if (where.length > 1)
        faults.push(`${name} is exported by ${where.join(' and ')}: one name, one thing.`);
    return { files: paths.length, faults };
  },
};
