/** Loaded into a node before it starts: with each SIGUSR2 its wall clock stands elsewhere, as when somebody sets the machine's. What is steady stays so. */
const HOUR_MS = 3_600_000;
const STEPS_MS = [HOUR_MS, 0, -HOUR_MS, 0];

const wall = Date.now.bind(Date);
const WallDate = Date;
let at = -1;

process.on('SIGUSR2', () => {
  at = (at + 1) % STEPS_MS.length;
});

function now(): number {
  return wall() + (STEPS_MS[at] ?? 0);
}

globalThis.Date = new Proxy(WallDate, {
  construct: (target, given: []) => (given.length === 0 ? new target(now()) : new target(...given)),
  get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
});
