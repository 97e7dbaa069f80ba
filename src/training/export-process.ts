/** A process for one simulated shop: gets its setting from the parent and answers with ExportMessages. */
import { type ExportSetting, exportRows } from './export-rows.ts';
import type { ExportMessage } from './train-models.ts';

const PROGRESS_EVERY = 0.01;

process.once('message', (order: ExportSetting) => {
  let reportedShare = 0;
  const onProgress = (share: number): void => {
    if (share - reportedShare < PROGRESS_EVERY) return;
    reportedShare = share;
    send({ kind: 'progress', share });
  };
  exportRows(order, onProgress).then(
    (head) => send({ kind: 'done', head }),
    (fault: unknown) =>
      send({ kind: 'failed', sentence: fault instanceof Error ? fault.message : String(fault) }),
  );
});

function send(message: ExportMessage): void {
  const isLast = message.kind !== 'progress';
  process.send?.(message, () => {
    if (isLast) process.disconnect();
  });
}
