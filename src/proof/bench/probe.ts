/**
 * Loaded into a measured process (`node --import`): answers the bench over the channel between parent and child, so
 * that the process itself need not know of it. The CPU time is of the whole process, all threads.
 */

export type ProbeAsk = 'cpu' | 'memory';

export interface ProbeAnswer {
  readonly cpuMicros: number;
  /** After a full collection where the process was started with --expose-gc. */
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly residentBytes: number;
}

process.on('message', (ask: ProbeAsk) => {
  if (ask === 'memory') for (let i = 0; i < 3; i++) (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const answer: ProbeAnswer = {
    cpuMicros: user + system,
    heapBytes: memory.heapUsed,
    externalBytes: memory.external,
    residentBytes: memory.rss,
  };
  process.send?.(answer);
});
// The channel must not keep a server alive that wants to end.
process.channel?.unref();
// Nor may it outlive a bench that was killed.
process.once('disconnect', () => process.exit(1));
