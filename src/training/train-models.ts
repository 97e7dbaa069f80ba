/**
 * `attune models train`: simulated shop → log → rows → Python → model and card, each checked, in about three minutes.
 *
 * The shops live in a process each, so that a machine with two cores needs half the time; which of them is done
 * first changes nothing.
 */
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, EXIT } from '../node/command/command-line.ts';
import { commit, machine } from '../node/command/machine.ts';
import { startProgress } from '../node/command/progress.ts';
import { SCORER_MODEL } from '../node/model-versions.ts';
import type { ExportHead, ExportSetting } from './export-rows.ts';
import { installModel } from './install-model.ts';
import { makeCard } from './make-card.ts';
import { runTraining } from './python.ts';

export interface TrainSetting {
  readonly modelsDir: string;
  readonly trainingDir: string;
  readonly policyDir: string;
  /** Of each of the two shops. */
  readonly customers: number;
  readonly days: number;
  /** Does everything twice and compares the bytes. */
  readonly check: boolean;
}

/** Half of the decisions are drawn evenly. */
const EXPLORE = 0.5;

/** One of the shops that training lives through. */
interface ShopPlan {
  readonly seed: number;
  /** Share of the setting's customers, and at most so many of its days. */
  readonly share: number;
  readonly daysMax: number;
  readonly outreach: number;
  readonly holdout: number;
}

/**
 * Two long ones, in which everybody is asked about once a day, so that silent customers are decided about as often as others; and a
 * short one that says far too much, in which customers unsubscribe often enough to see who does.
 */
const SHOPS: readonly ShopPlan[] = [
  { seed: 11, share: 1, daysMax: Number.POSITIVE_INFINITY, outreach: 1, holdout: 0.4 },
  { seed: 12, share: 1, daysMax: Number.POSITIVE_INFINITY, outreach: 1, holdout: 0.4 },
  { seed: 13, share: 0.6, daysMax: 20, outreach: 8, holdout: 0 },
];
const EXPORTER = fileURLToPath(new URL('./export-process.ts', import.meta.url));

interface TrainingResult {
  readonly model: Uint8Array;
  readonly card: string;
  readonly version: string;
  readonly heads: readonly ExportHead[];
  readonly seconds: Record<string, number>;
}

/** Trains, verifies and installs. Prints one JSON line at the end. Throws CommandError with a sentence. */
export async function trainModels(setting: TrainSetting): Promise<void> {
  const started = performance.now();
  const trained = await train(setting);
  const again = setting.check ? await train(setting) : undefined;
  const same =
    again === undefined || (sha256(again.model) === sha256(trained.model) && again.card === trained.card);
  const installed = installModel(setting.modelsDir, trained.model, trained.card, trained.version);
  const { metrics, sha256: digest } = JSON.parse(trained.card) as { metrics: unknown; sha256: string };
  say(`${installed.folder} ${installed.fresh ? 'is new' : 'was there already, byte for byte'}`);
  const seconds = { ...trained.seconds, total: since(started) };
  process.stdout.write(
    `${JSON.stringify({
      command: 'models train',
      model: SCORER_MODEL,
      version: installed.version,
      fresh: installed.fresh,
      sha256: digest,
      ...(again === undefined ? {} : { sha256Again: sha256(again.model), same }),
      modelBytes: trained.model.length,
      cardBytes: Buffer.byteLength(trained.card),
      rows: total(trained.heads, 'rows'),
      decisions: total(trained.heads, 'decisions'),
      deliveries: total(trained.heads, 'deliveries'),
      outcomes: total(trained.heads, 'outcomes'),
      truncated: total(trained.heads, 'truncated'),
      metrics,
      seconds,
      machine: machine(),
      commit: commit(),
    })}\n`,
  );
  if (!same) throw new CommandError('the second run gave other bytes than the first', EXIT.found);
}

async function train(setting: TrainSetting): Promise<TrainingResult> {
  const folder = mkdtempSync(join(tmpdir(), 'attune-train-'));
  try {
    const seconds: Record<string, number> = {};
    let at = performance.now();
    const lap = (name: string): void => {
      seconds[name] = since(at);
      at = performance.now();
    };
    const parts = SHOPS.map(({ seed }) => join(folder, `shop-${seed}`));
    say(`two shops of ${setting.customers} customers live ${setting.days} days, and one that says too much`);
    const heads = await exportAll(setting, parts);
    lap('export');
    say(`${total(heads, 'rows')} rows of ${total(heads, 'outcomes')} outcomes`);
    await runTraining(setting.trainingDir, 'train.py', [folder, ...parts]);
    lap('train');
    const model = readFileSync(join(folder, 'model.onnx'));
    const made = await makeCard(model, readFileSync(join(folder, 'card-parts.json'), 'utf8'), heads);
    lap('verify');
    return { model, ...made, heads, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function exportAll(setting: TrainSetting, parts: readonly string[]): Promise<ExportHead[]> {
  const shares = parts.map(() => 0);
  const progress = startProgress('days lived');
  const heads = await Promise.all(
    parts.map((folder, i) => {
      const { seed, share, daysMax, outreach, holdout } = SHOPS[i] as ShopPlan;
      const customers = Math.ceil(setting.customers * share);
      const days = Math.min(setting.days, daysMax);
      const order = { folder, policyDir: setting.policyDir, seed, customers, days, outreach };
      return exportInProcess({ ...order, explore: EXPLORE, holdout }, (done) => {
        shares[i] = done;
        const lived = shares.reduce((sum, each) => sum + each, 0) / shares.length;
        progress.update(Math.round(lived * setting.days), setting.days);
      });
    }),
  );
  progress.end();
  return heads;
}

/** What the exporting process sends. */
export type ExportMessage =
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'done'; readonly head: ExportHead }
  | { readonly kind: 'failed'; readonly sentence: string };

function exportInProcess(order: ExportSetting, onProgress: (share: number) => void): Promise<ExportHead> {
  return new Promise((resolve, reject) => {
    const child = fork(EXPORTER, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    child.on('message', (message: ExportMessage) => {
      if (message.kind === 'progress') onProgress(message.share);
      else if (message.kind === 'done') resolve(message.head);
      else reject(new CommandError(message.sentence));
    });
    child.once('error', reject);
    child.once('close', (code) =>
      reject(new CommandError(`the simulated shop's process ended with ${code}`)),
    );
    child.send(order);
  });
}

function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

function since(started: number): number {
  return Math.round((performance.now() - started) / 100) / 10;
}

function total(
  heads: readonly ExportHead[],
  what: 'rows' | 'decisions' | 'deliveries' | 'outcomes' | 'truncated',
): number {
  return heads.reduce((sum, head) => sum + head[what], 0);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
