import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FUZZ_METHODS } from '../fuzz/fuzz-methods.ts';
import type { AttackedService } from './attacked-service.ts';
import type { AttackPlan, AttackReport } from './attacker.ts';
import { Bystanders } from './bystanders.ts';
import { OtherCores } from './other-cores.ts';
import { type AttackFigures, type AttackRun, isSlow } from './report.ts';
import { decideBody, soundBodies } from './sound-bodies.ts';
import { SoundCaller } from './sound-caller.ts';

export interface AttacksPlan {
  readonly names: readonly string[];
  /** How many addresses each attack comes from, in turn. */
  readonly addresses: readonly number[];
  readonly seconds: number;
  /** Calls before the first attack: enough that code is compiled and the heap has the size that it keeps. */
  readonly warmCalls: number;
  /** Between the last attack and the last look at memory. */
  readonly afterSeconds: number;
  /** A fresh one, each time it is asked: after one that died. */
  readonly start: () => Promise<AttackedService>;
  /** Attacks of the whole run that may be made again because other processes disturbed them. */
  readonly repeatsMax: number;
  readonly progress: (text: string) => void;
}

const ATTACKER = fileURLToPath(new URL('./attacker.ts', import.meta.url));
const OPEN = '/grpc.health.v1.Health/';
const PATHS = FUZZ_METHODS.map(({ path }) => path);
const WARM_AT_ONCE = 64;
/** Debts drain and sockets close between two attacks, so that each is judged by itself. */
const BETWEEN_MS = 1_500;
/** A service that does not answer for this long is as good as gone. */
const RECOVER_MS_MAX = 30_000;
const RSS_EVERY_MS = 50;
const OTHERS_CORES_MAX = 0.3;
/** How long an attacker may take beyond its time to start, to learn what arrived and to leave. */
const ATTACKER_MS_MAX = 20_000;

/** Attacks a service, one attack after the other, while bystanders use it. A service that died is replaced. */
export async function runAttacks(plan: AttacksPlan): Promise<AttackRun> {
  let service = await plan.start();
  try {
    await warm(service, plan.warmCalls);
    const calm = await calmly(service, plan.seconds * 1_000);
    const rssBefore = Math.round(service.rssMiB());
    const attacks: AttackFigures[] = [];
    let repeats = 0;
    for (const name of plan.names) {
      for (const addresses of plan.addresses) {
        if (attacks.at(-1)?.lived === false) {
          await service.stop();
          service = await plan.start();
          await warm(service, plan.warmCalls);
        }
        let figures = await attackOnce(service, name, addresses, plan);
        for (; isDisturbed(figures) && repeats < plan.repeatsMax; repeats++) {
          plan.progress(`again, as others were busy: ${lineOf(figures)}`);
          await pause(BETWEEN_MS);
          figures = await attackOnce(service, name, addresses, plan);
        }
        attacks.push(figures);
        plan.progress(lineOf(figures));
        await pause(BETWEEN_MS);
      }
    }
    // Somebody uses it meanwhile: a process at rest collects no garbage.
    if (service.alive()) await calmly(service, plan.afterSeconds * 1_000);
    const survived = attacks.filter(({ lived }) => lived).length;
    return { attacks, survived, calm, rssBefore, rssAfter: Math.round(service.rssMiB()) };
  } finally {
    await service.stop();
  }
}

async function attackOnce(
  service: AttackedService,
  name: string,
  addresses: number,
  { seconds }: AttacksPlan,
): Promise<AttackFigures> {
  const bystanders = new Bystanders(service.port, service.tokens.caller);
  const others = new OtherCores([service.pid]);
  let rssPeak = service.rssMiB();
  const sampler = setInterval(() => {
    rssPeak = Math.max(rssPeak, service.rssMiB());
  }, RSS_EVERY_MS);
  const { arrived, arrivedMin, connections, cutBy, ends, cpuSeconds } = await attacked(service, {
    ...{ name, seconds, port: service.port, token: service.tokens.attacker, paths: PATHS },
    addresses: freshAddresses(addresses),
    openPaths: PATHS.filter((path) => path.startsWith(OPEN)),
    bodies: Object.fromEntries(
      Object.entries(soundBodies()).map(([path, body]) => [path, body.toString('base64')]),
    ),
  });
  const othersCores = others.cores(cpuSeconds);
  const figures = await bystanders.end();
  clearInterval(sampler);
  return {
    ...{
      name,
      addresses,
      arrived,
      arrivedMin,
      connections,
      cutBy,
      ends,
      attackerCpuSeconds: cpuSeconds,
      othersCores,
    },
    ...figures,
    lived: await lives(service),
    rssPeak: Math.round(rssPeak),
  };
}

let subnet = 0;

/** Loopback addresses that no attack has come from for a long time: what one owes is not the next one's. */
function freshAddresses(count: number): string[] {
  subnet = (subnet % 250) + 1;
  return Array.from({ length: count }, (_, n) => `127.1.${subnet}.${n + 1}`);
}

const NOTHING: AttackReport = {
  arrived: 0,
  arrivedMin: 1,
  connections: 0,
  cutBy: '',
  ends: {},
  cpuSeconds: 0,
};

/** Runs the attacker in a process of its own; it is ended when the service dies. */
function attacked(service: AttackedService, plan: AttackPlan): Promise<AttackReport> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--no-warnings', ATTACKER, JSON.stringify(plan)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), plan.seconds * 1_000 + ATTACKER_MS_MAX);
    let output = '';
    let died = false;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    void service.ended.then(() => {
      died = child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      if (output !== '') resolve(JSON.parse(output) as AttackReport);
      else if (died) resolve({ ...NOTHING, cutBy: 'the end of the service' });
      else reject(new Error(`The attacker of ${plan.name} ended without a report.`));
    });
  });
}

/** The process is there and answers, at the latest when it has had time to come to itself. */
async function lives(service: AttackedService): Promise<boolean> {
  const { port, tokens } = service;
  const caller = new SoundCaller({ port, token: tokens.caller, from: '127.0.0.1' });
  const until = performance.now() + RECOVER_MS_MAX;
  let answered = false;
  while (!answered && service.alive() && performance.now() < until) {
    answered = await caller.decide(decideBody('lived', 1)).then(
      () => true,
      () => false,
    );
    if (!answered) await pause(BETWEEN_MS);
  }
  caller.close();
  return answered && service.alive();
}

async function warm({ port, tokens }: AttackedService, calls: number): Promise<void> {
  const caller = new SoundCaller({ port, token: tokens.caller, from: '127.0.0.1' });
  let made = 0;
  const work = async (): Promise<void> => {
    while (made++ < calls) await caller.decide(decideBody(`warm${made}`, made % 200));
  };
  await Promise.all(Array.from({ length: WARM_AT_ONCE }, work));
  caller.close();
}

async function calmly(service: AttackedService, ms: number) {
  const bystanders = new Bystanders(service.port, service.tokens.caller);
  await pause(ms);
  return await bystanders.end();
}

/** The caller was slow while other processes were busy: that says nothing of the service. */
function isDisturbed(figures: AttackFigures): boolean {
  return figures.lived && isSlow(figures) && figures.othersCores > OTHERS_CORES_MAX;
}

function lineOf({
  name,
  addresses,
  arrived,
  cutBy,
  attackerCpuSeconds,
  othersCores,
  ...figures
}: AttackFigures): string {
  const { lived, canaryP50Ms, canaryP99Ms, canaryErrors, newcomersFailed, rssPeak } = figures;
  const times = `p50 ${canaryP50Ms} p99 ${canaryP99Ms} ms, errors ${canaryErrors}+${newcomersFailed}`;
  return `${name} × ${addresses}: ${lived ? '' : 'DIED, '}${arrived} arrived, ${times}, ${rssPeak} MiB, attacker ${attackerCpuSeconds} s, others ${othersCores} cores; ${cutBy}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
