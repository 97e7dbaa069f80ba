/**
 * What lies between two nodes: a question goes out, is answered, and the answer comes back, each in its own time. Both are lost with the connection, and the asker is
 * then told that nothing is known.
 *
 * I1  A question is heard at most once, and answered at most once.
 * I2  Who asks is told once: the answer, or undefined at `timeoutMs` at the latest.
 */
import type { NodeWires } from '../../../port/node-wires.ts';
import type { Host, Scheduler } from '../scheduler.ts';
import type { SimDeployment } from './sim-deployment.ts';

/** Of a connection that breaks, which both ends notice. */
const BROKEN_MS_MAX = 20;
/** Steady time passes as the world's for so long after a question. */
const HURRY_MS = 1_000;

export function simWires(
  deployment: SimDeployment,
  scheduler: Scheduler,
  host: Host,
  place: number,
): NodeWires {
  const { rng } = deployment;
  const latency = (): number => (rng.float() < 0.9 ? rng.intBelow(3) : rng.intBelow(200));
  return {
    ask: (address, question, timeoutMs, done) => {
      deployment.steady.hurry(HURRY_MS);
      deployment.counts.questions++;
      let isOver = false;
      const end = (answer: Uint8Array | undefined): void => {
        if (isOver) return;
        isOver = true;
        cancel();
        if (answer === undefined) deployment.counts.lost++;
        done(answer);
      };
      const cancel = scheduler.after(timeoutMs, host, () => end(undefined));
      const breaks = (): void =>
        void scheduler.after(rng.intBelow(BROKEN_MS_MAX), host, () => end(undefined));
      const to = deployment.placeAt(address);
      if (deployment.losesNow) return breaks();
      scheduler.after(latency(), undefined, () => {
        // What goes into a cut is not heard of; the asker's time runs out.
        if (deployment.cuts.has(`${place}>${to}`)) return;
        const node = deployment.nodeAt(to);
        if (node === undefined) return breaks();
        scheduler.after(0, node.host, () =>
          node.answers(question, (answer) => {
            if (deployment.losesNow) return breaks();
            scheduler.after(latency(), undefined, () => {
              if (!deployment.cuts.has(`${to}>${place}`)) scheduler.after(0, host, () => end(answer));
            });
          }),
        );
      });
    },
    close: () => {},
  };
}
