import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suggestName } from '../../../base/nearest-name.ts';
import { SERVE_OPTIONS } from '../../../config/options.ts';
import { type Estimate, estimateActions } from '../../../core/estimate/estimate-actions.ts';
import { typicalCustomer } from '../../../core/estimate/typical-customer.ts';
import type { Policy } from '../../../core/policy/policy.ts';
import { renderFault } from '../../../core/policy/policy-fault.ts';
import { CommandError, EXIT, readSettings, wholeNumberFlag } from '../../../node/command/command-line.ts';
import { startProgress } from '../../../node/command/progress.ts';
import { PolicyDirectoryError, parsePolicyDirectory } from '../../../policy/policy-directory.ts';
import {
  actionLines,
  countedRate,
  type EstimateSetting,
  estimateLines,
  weeksNeeded,
} from './estimate-text.ts';
import { readShopNumbers, type ShopNumbers } from './shop-numbers.ts';
import { typicalAnswers } from './typical-answers.ts';

const CUSTOMERS = 10_000;
/** What tells a policy's directory from a data directory. */
const POLICY_FILE = 'policy.yaml';

/** Where the policy and the model lie, as `serve` is told. */
export const ESTIMATE_OPTIONS = { policyDir: SERVE_OPTIONS.policyDir, modelsDir: SERVE_OPTIONS.modelsDir };

export interface EstimateFlags {
  readonly [flag: string]: unknown;
  readonly dir?: string;
  readonly policyDir?: string;
  readonly customers?: string;
  readonly json?: boolean;
}

/** `attune policy estimate [ACTION]`: what the actions must lift, what they are worth, and how long a holdout takes to show it. Throws CommandError. */
export async function policyEstimate(action: string | undefined, flags: EstimateFlags): Promise<void> {
  const settings = readSettings(ESTIMATE_OPTIONS, flags);
  const isPolicy = flags.dir !== undefined && existsSync(join(flags.dir, POLICY_FILE));
  const shop = flags.dir === undefined || isPolicy ? undefined : await shopNumbers(flags.dir);
  const folder = flags.policyDir ?? (isPolicy ? flags.dir : undefined);
  // A policy that is named counts before the one in force.
  const inForce = folder === undefined ? shop?.policy : undefined;
  const policy = inForce ?? readPolicy(folder ?? settings.policyDir);
  const customer = typicalCustomer(shop?.product?.orderValue ?? medianOrderValue(policy), policy.marginRate);
  const answers = await typicalAnswers(settings.modelsDir, customer, policy);
  const all = estimateActions(policy, customer, answers, shop?.product);
  const estimates = action === undefined ? all : ofAction(all, action, policy);
  const said = flags.customers === undefined ? undefined : wholeNumberFlag('--customers', flags.customers, 1);
  const counted = shop !== undefined && shop.customers > 0 ? shop.customers : undefined;
  const setting: EstimateSetting = {
    policy,
    model: answers.model,
    p0: answers.p0,
    customers: said ?? counted ?? CUSTOMERS,
    isKnown: said !== undefined || counted !== undefined,
    price: shop?.product?.orderValue,
    weeks: shop?.weeks(policy),
  };
  const text = action === undefined ? estimateLines(estimates, setting) : actionLines(estimates, setting);
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(report(estimates, setting))}\n` : `${text.join('\n')}\n`,
  );
}

function medianOrderValue({ actions }: Policy): number {
  const values = actions.map(({ orderValue }) => orderValue).sort((a, b) => a - b);
  return values[Math.floor((values.length - 1) / 2)] ?? 0;
}

async function shopNumbers(directory: string): Promise<ShopNumbers> {
  const progress = startProgress('reading shards');
  try {
    return await readShopNumbers(directory, (done, of) => progress.update(done, of));
  } finally {
    progress.end();
  }
}

function readPolicy(directory: string): Policy {
  try {
    const parsed = parsePolicyDirectory(directory);
    if (parsed.ok) return parsed.policy;
    const faults = parsed.faults.map((fault) => `${directory}/${renderFault(fault)}`);
    throw new CommandError(faults.join('\n'), EXIT.found);
  } catch (fault) {
    if (fault instanceof PolicyDirectoryError) throw new CommandError(fault.message, EXIT.usage);
    throw fault;
  }
}

function ofAction(all: readonly Estimate[], id: string, policy: Policy): readonly Estimate[] {
  const found = all.filter(({ action }) => action.id === id);
  if (found.length > 0) return found;
  const names = policy.actions.map((action) => action.id);
  if (names.includes(id))
    throw new CommandError(`${id} can go out nowhere: it names no placement on its channels`, EXIT.found);
  // The other commands of a policy take its directory there.
  const hint = existsSync(join(id, POLICY_FILE))
    ? `; that is a policy's directory: say --dir ${id}`
    : suggestName(id, names);
  throw new CommandError(`${policy.version} has no action ${JSON.stringify(id)}${hint}`, EXIT.usage);
}

/** Numbers that do not exist are null. */
function report(estimates: readonly Estimate[], setting: EstimateSetting) {
  const { policy, model, customers, isKnown, price, weeks } = setting;
  return {
    policy: policy.version,
    currency: policy.currency,
    model,
    buysPerWeek: { policy: policy.buysPerWeek || null, counted: countedRate(weeks) ?? null, ...weeks },
    productPrice: price ?? null,
    customersPerWeek: customers,
    customersPerWeekKnown: isKnown,
    estimates: estimates.map((estimate) => ({
      action: estimate.action.id,
      channel: estimate.channel.id,
      breakEvenLift: finite(estimate.breakEvenLift),
      lift: { mean: estimate.action.liftMean, sd: estimate.action.liftSd },
      worthPer1000Readers: estimate.worthPer1000Readers,
      propensity: estimate.propensity,
      holdout: {
        share: estimate.holdoutShare,
        customerWeeks: finite(estimate.customerWeeks),
        weeks: finite(weeksNeeded(estimate, customers)),
      },
      p0: estimate.p0,
      reach: estimate.reach,
      orderValue: estimate.orderValue,
      margin: estimate.margin,
      discount: estimate.discount,
      messageCost: estimate.channel.costPerMessage,
      unsubscribe: estimate.unsubscribe,
      unsubscribeCost: estimate.unsubscribeCost,
      engage: estimate.engage,
      engagementValue: estimate.action.engagementValue,
      expectedValue: estimate.ev,
    })),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
