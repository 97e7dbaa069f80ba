/** Looks at an idle engine before it counts as quiet: work may pass through a few turns of the event loop. */
const QUIET_LOOKS = 3;

/** Resolves when the engine has nothing under way. */
export async function untilQuiet(engine: { readonly busy: boolean }): Promise<void> {
  for (let quiet = 0; quiet < QUIET_LOOKS; ) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    quiet = engine.busy ? 0 : quiet + 1;
  }
}
