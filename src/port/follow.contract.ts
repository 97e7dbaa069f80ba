import type { Follow } from './follow.ts';

/**
 * Resolves once who follows was woken after `write`, and rejects when nothing came for `waitMs`. `read` is a question to the store that follows: when it is
 * answered the store hears.
 */
export async function wokenBy(
  store: { readonly follow?: Follow },
  {
    read,
    write,
    waitMs = 5_000,
  }: {
    readonly read: () => Promise<unknown>;
    readonly write: () => Promise<unknown>;
    readonly waitMs?: number;
  },
): Promise<void> {
  let woken = (): void => {};
  const stop = store.follow?.(() => woken());
  try {
    await read();
    const heard = new Promise<void>((resolve, reject) => {
      woken = resolve;
      setTimeout(() => reject(new Error(`nobody was woken within ${waitMs} ms`)), waitMs).unref();
    });
    await write();
    await heard;
  } finally {
    stop?.();
  }
}
