/** Runs trials one after the other for its parent: a page of LMDB that ends a process ends this one. */
import { runTrial, type TrialPlan } from './trial.ts';

process.on('message', (plan: TrialPlan) => {
  runTrial(plan).then(
    (result) => process.send?.({ result }),
    (fault: unknown) => process.send?.({ fault: fault instanceof Error ? fault.stack : String(fault) }),
  );
});
process.on('disconnect', () => process.exit(0));
