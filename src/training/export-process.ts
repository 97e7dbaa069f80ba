/** A process of its own for one simulated shop: takes its order from its parent, answers with what train-models.ts names. */
import { type ExportSetting, exportRows } from './export-rows.ts';
import type { ExportNews } from './train-models.ts';

const PROGRESS_EVERY = 0.01;

process.once('message', (order: ExportSetting) => {
  let told = 0;
  const onProgress = (share: number): void => {
    if (share - told < PROGRESS_EVERY) return;
    told = share;
    tell({ kind: 'progress', share });
  };
  exportRows(order, onProgress).then(
    (head) => tell({ kind: 'done', head }),
    (fault: unknown) =>
      tell({ kind: 'failed', sentence: fault instanceof Error ? fault.message : String(fault) }),
  );
});

function tell(news: ExportNews): void {
  const last = news.kind !== 'progress';
  process.send?.(news, () => {
    if (last) process.disconnect();
  });
}
