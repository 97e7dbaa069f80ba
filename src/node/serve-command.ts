import type { Command } from 'commander';
import { SERVE_OPTIONS } from '../config/options.ts';
import { addExamples, addOptions } from './command/command-line.ts';

/** `attune serve`. */
export function registerServe(program: Command): void {
  addExamples(
    addOptions(program.command('serve'), SERVE_OPTIONS).description(
      'Run the service: gRPC, metrics, the embedded store.',
    ),
    [
      'attune serve',
      'attune serve --listen 127.0.0.1:0 --dir /var/lib/attune --policy-dir policies/shop',
      'attune serve --store memory',
    ],
  ).action(async (flags) => (await import('./serve.ts')).serve(flags));
}
