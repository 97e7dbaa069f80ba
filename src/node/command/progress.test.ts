import { describe, expect, test } from 'vitest';
import { painter, startProgress } from './progress.ts';

function recorded(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 60, write: (text: string) => void written.push(text), written };
}

describe('progress', () => {
  test('a log file gets a plain line every five seconds and no control characters', () => {
    const output = recorded(false);
    let now = 0;
    const progress = startProgress('verifying', output, () => now);
    for (now = 0; now <= 12_000; now += 500) progress.update(now, 20_000, 'a note');
    progress.end('done');
    expect(output.written).toEqual([
      'verifying: 5,000 of 20,000 (25 %), a note\n',
      'verifying: 10,000 of 20,000 (50 %), a note\n',
      'done\n',
    ]);
  });

  test('a terminal gets one line that is drawn again and taken away', () => {
    const output = recorded(true);
    let now = 0;
    const progress = startProgress('verifying', output, () => now);
    now = 200;
    progress.update(1, 2);
    now = 250;
    progress.update(2, 2);
    progress.end();
    expect(output.written).toHaveLength(2);
    expect(output.written[0]).toContain('[############............] 1 of 2 (50 %)');
    expect(output.written[1]).toBe('\r\u001b[2K');
  });

  test('short work shows nothing', () => {
    const output = recorded(false);
    const progress = startProgress('short', output, () => 0);
    progress.update(1, 1);
    progress.end();
    expect(output.written).toEqual([]);
  });
});

describe('colours', () => {
  test.each([
    ['a terminal', true, {}, '\u001b[36mx\u001b[0m'],
    ['a terminal whose user wants none', true, { NO_COLOR: '1' }, 'x'],
    ['a terminal whose NO_COLOR is empty', true, { NO_COLOR: '' }, '\u001b[36mx\u001b[0m'],
    ['a dumb terminal', true, { TERM: 'dumb' }, 'x'],
    ['a file', false, {}, 'x'],
  ])('%s', (_, isTTY, env, wanted) => {
    expect(painter(recorded(isTTY), env)('36', 'x')).toBe(wanted);
  });
});
