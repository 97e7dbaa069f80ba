import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CheckResult } from './check.ts';
import { CLIENTS, type ClientName } from './clients.ts';
import { ClientMissing } from './fetch-client.ts';
import { type Services, startServices } from './service.ts';

export interface ClientReport {
  readonly name: ClientName;
  /** As its registry knows it. */
  readonly version: string;
  /** It did everything that was asked of it. */
  readonly ok: boolean;
  /** It cannot be had here; nothing was tried. */
  readonly skipped: boolean;
  /** What went wrong, or why it cannot be had; empty when ok. */
  readonly why: string;
  readonly checks: readonly CheckResult[];
  /** With fetching it. */
  readonly seconds: number;
}

export interface InteropPlan {
  readonly clients: readonly ClientName[];
  /** The token that clients send, where it is to be another than the one that the service knows. */
  readonly token?: string;
  /** Told of each client as it is done. */
  readonly done: (report: ClientReport) => void;
}

const TOKEN = 'interop-token';

/** Starts a service and lets one client after the other at it. Rejects when the service itself does not end well. */
export async function runInterop(plan: InteropPlan): Promise<ClientReport[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'attune-interop-'));
  try {
    const services = await startServices(scratch, TOKEN, plan.token);
    const reports: ClientReport[] = [];
    try {
      for (const name of plan.clients) {
        const report = await runClient(name, services, join(scratch, name));
        reports.push(report);
        plan.done(report);
      }
    } finally {
      await services.stop();
    }
    return reports;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function runClient(name: ClientName, services: Services, folder: string): Promise<ClientReport> {
  const { version, run } = CLIENTS[name];
  const began = performance.now();
  mkdirSync(folder);
  let checks: readonly CheckResult[] = [];
  let skipped = false;
  let why = '';
  try {
    checks = await run(services, folder);
    why = checks
      .filter(({ ok }) => !ok)
      .map((check) => `${check.name}: ${check.why}`)
      .join('\n');
    if (checks.length === 0) why = 'nothing was checked';
  } catch (fault) {
    skipped = fault instanceof ClientMissing;
    why = fault instanceof Error ? fault.message : String(fault);
  }
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  return { name, version, ok: why === '', skipped, why, checks, seconds };
}

/** Whether the run shows what it should. Where everything can be had, as in CI, a client that was skipped is a failure. */
export function holds(reports: readonly Pick<ClientReport, 'ok' | 'skipped'>[], skipFails: boolean): boolean {
  return reports.length > 0 && reports.every(({ ok, skipped }) => ok || (skipped && !skipFails));
}
