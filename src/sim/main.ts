import { checkRun } from './check/check-run.ts';
import { World } from './world.ts';

const seed = Number(process.argv[2] ?? 1);
const many = Number(process.argv[3] ?? 1);
for (let i = seed; i < seed + many; i++) {
  const started = performance.now();
  const world = new World(i, { requests: 200, traceMax: 100_000 });
  const run = await world.run();
  const book = checkRun(run);
  const records = run.journal.landed.map((list) => list.length);
  console.log(
    i,
    `${Math.round(performance.now() - started)} ms`,
    `steps ${run.steps} records ${records} acks ${run.journal.acks.length} pushes ${run.journal.pushes.length} reached ${run.journal.reached.size} faults ${run.journal.faults.length} breaches ${book.count}`,
    run.hash.slice(0, 8),
  );
  for (const breach of book.breaches.slice(0, 6)) console.log('   ', breach.law, breach.sentence);
  if (many === 1) for (const line of run.journal.trace) console.log(line);
}
