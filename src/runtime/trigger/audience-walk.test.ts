import { expect, test } from 'vitest';
import { AudienceWalk, type WalkedPage } from './audience-walk.ts';

function pass(walk: AudienceWalk, after: string | undefined): void {
  walk.passed(walk.next as WalkedPage, after);
}

test('goes through the audiences of a policy and of the one before it, page by page', () => {
  const walk = new AudienceWalk();
  expect(walk.isDone).toBe(true);
  walk.follow('one', ['near', 'far']);
  expect(walk.next).toEqual({ audience: 'near', after: '' });
  pass(walk, 'c7');
  expect(walk.next).toEqual({ audience: 'near', after: 'c7' });
  pass(walk, undefined);
  expect(walk.next).toEqual({ audience: 'far', after: '' });
  // `near` is dropped while `far` is left: both are gone through, and `near` although nobody names it.
  walk.follow('two', ['far']);
  expect(walk.state).toEqual({ wanted: 'two', known: ['far'], left: ['far', 'near'], after: '' });
});

test('goes on from what a checkpoint holds, and begins again only for something else', () => {
  const walk = new AudienceWalk({ wanted: 'one', known: ['near'], left: ['near'], after: 'c7' });
  walk.follow('one', ['near']);
  expect(walk.next).toEqual({ audience: 'near', after: 'c7' });
  walk.follow('two', []);
  expect(walk.next).toEqual({ audience: 'near', after: '' });
});

test('a page that was under way when the way began again moves nothing', () => {
  const walk = new AudienceWalk({ wanted: 'one', known: ['near'], left: ['near'], after: 'c7' });
  walk.follow('two', ['near']);
  const page = walk.next as WalkedPage;
  walk.follow('three', ['near']);
  walk.passed(page, undefined);
  expect(walk.next).toEqual({ audience: 'near', after: '' });
});
