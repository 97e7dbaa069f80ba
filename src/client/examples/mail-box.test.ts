import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ScratchDirectory, scratchDirectory } from '../../port/scratch-directory.fixture.ts';
import { MailBox } from './mail-box.ts';

const DAY_MS = 86_400_000;
const NOT_AFTER = 1_790_000_000_000;

let scratch: ScratchDirectory;
let box: MailBox;

beforeEach(() => {
  scratch = scratchDirectory();
  box = new MailBox(scratch.path);
});

afterEach(() => {
  scratch.remove();
});

test('a mail is found wherever it is, also after a restart, and moves once', () => {
  box.put({ dispatchId: '1/2-a', notAfter: NOT_AFTER, text: 'Hi' });
  const again = new MailBox(scratch.path);
  expect([again.find('1/2-a'), again.find('other')]).toEqual(['spool', undefined]);
  expect([again.waiting, again.notAfter('1/2-a'), again.notAfter('other')]).toEqual([
    ['1/2-a'],
    NOT_AFTER,
    0,
  ]);
  expect([again.move('1/2-a', 'stopped'), again.move('1/2-a', 'sent'), again.find('1/2-a')]).toEqual([
    true,
    false,
    'stopped',
  ]);
});

test('a mail is remembered until a day after it could be sent last', () => {
  box.put({ dispatchId: 'a', notAfter: NOT_AFTER, text: 'Hi' });
  box.move('a', 'sent');
  box.sweep(NOT_AFTER + DAY_MS);
  expect(box.find('a')).toBe('sent');
  box.sweep(NOT_AFTER + DAY_MS + 1);
  expect(box.find('a')).toBeUndefined();
  expect(readdirSync(join(scratch.path, 'sent'))).toEqual([]);
});
