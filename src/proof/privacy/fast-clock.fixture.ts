/**
 * Imported before the service (`node --import …/fast-clock.fixture.ts?from=MS&factor=N`): its clock goes `factor` times as fast as the machine's from `from` on, so
 * that days are minutes. What is timed without that clock (commits, connections) goes on as ever. A signal USR2 is thrown as an error that nobody expects.
 */
import { SystemClock } from '../../adapter/system/system-clock.ts';

const { searchParams } = new URL(import.meta.url);
const from = Number(searchParams.get('from'));
const factor = Number(searchParams.get('factor'));

SystemClock.prototype.now = () => Math.floor(from + (Date.now() - from) * factor);
SystemClock.prototype.after = (ms, fn) => {
  const timer = setTimeout(fn, ms / factor);
  return () => clearTimeout(timer);
};
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('nobody expects this');
  });
});
