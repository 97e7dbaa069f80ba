import { describe, expect, test } from 'vitest';
import { crash } from '../../proof/crash/crash.ts';
import { fuzz } from '../../proof/fuzz/fuzz.ts';
import { EXIT } from './command-line.ts';

describe('a proof of nothing is refused:', () => {
  test.each([
    [
      'crash --kills 0',
      () => crash({ kills: '0', seed: '1' }),
      '--kills wants a whole number from 1, not "0"',
    ],
    [
      'fuzz --requests 0',
      () => fuzz({ requests: '0', seed: '1' }),
      '--requests wants a whole number from 1, not "0"',
    ],
    [
      'fuzz --only 9-8',
      () => fuzz({ requests: '1', seed: '1', only: '9-8' }),
      '--only 9-8 names no request: its end is before its begin',
    ],
  ])('%s', async (_, run, message) => {
    await expect(run()).rejects.toMatchObject({ message, exitCode: EXIT.usage });
  });
});
