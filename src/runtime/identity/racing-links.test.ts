import { expect, test } from 'vitest';
import { emptyStores, startNode, TUESDAY } from '../engine.fixture.ts';
import { idOf, type Key, viewed } from './people.fixture.ts';

const MAIL = { kind: 'email_sha256', value: 'a'.repeat(64) };
const PHONE = { kind: 'phone_sha256', value: 'b'.repeat(64) };
const ACCOUNT = { kind: 'crm', value: 'C1' };
const CARD = { kind: 'loyalty', value: 'L1' };

test('of two Links at once that want the same two people, either id undoes the one link that came of it', async () => {
  const winners = new Set<string>();
  for (const undone of [0, 1])
    for (let wait = 0; wait < 3; wait++) {
      const node = await startNode(emptyStores());
      await node.publish(viewed(TUESDAY - 9_000, MAIL));
      await node.publish(viewed(TUESDAY - 9_000, ACCOUNT, PHONE));
      // The phone leads to the account, which comes with it: the customer is the one of the mail.
      await node.publish(viewed(TUESDAY - 9_000, MAIL, PHONE));
      await node.publish(viewed(TUESDAY - 9_000, CARD));
      const link = (...identifiers: Key[]) => node.gateway.link({ identifiers, by: 'desk', reason: 'asked' });
      // By the account it is the mail's customer who asks for the card, by the card it is the other way.
      const first = link(ACCOUNT, CARD);
      for (let n = 0; n < wait; n++) await new Promise<void>((resolve) => setImmediate(resolve));
      const second = link(CARD, MAIL);
      await node.advanceTo(TUESDAY + 60_000);
      const made = await Promise.all([first, second]);
      const customer = (await node.read({ identifiers: [CARD] }, ({ id }) => id)) as string;
      winners.add(customer);
      const chosen = made[undone];
      if (chosen?.kind !== 'linked' || chosen.link === undefined) throw new Error(JSON.stringify(made));
      const ask = { link: chosen.link, by: 'desk', reason: 'a mistake' };
      const what = `undone ${undone}, ${wait} steps later`;
      const outcome = node.gateway.unlink(ask);
      await node.advanceTo(TUESDAY + 90_000);
      expect(await outcome, what).toMatchObject({ kind: 'unlinked' });
      expect(await node.read({ identifiers: [CARD] }, ({ id }) => id), what).toBe(idOf(CARD));
      expect(await node.read({ identifiers: [ACCOUNT] }, ({ id }) => id), what).toBe(idOf(MAIL));
      // The same call again is answered the same.
      expect(await node.gateway.unlink(ask), what).toEqual(await outcome);
      expect(node.faults).toEqual([]);
      await node.engine.stop();
    }
  expect([...winners].sort()).toEqual([idOf(CARD), idOf(MAIL)].sort());
});
