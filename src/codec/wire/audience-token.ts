import { murmur3 } from '../../base/hash.ts';
import { CUSTOMER_ID_CHARS } from '../stored/customer-id-codec.ts';

/** Where a page of an audience begins: behind an id of a shard; '' before its first. */
interface Place {
  readonly shard: number;
  readonly after: string;
}

const TOKEN = /^([0-9a-z]{1,7})\.([0-9a-z]{1,3})\.([A-Za-z0-9_-]*)$/;

/** An opaque token for the next page: at most 40 characters. It is of its audience alone. */
export function audienceToken(audience: string, { shard, after }: Place): string {
  const place = `${shard.toString(36)}.${after}`;
  return `${checkOf(audience, place)}.${place}`;
}

/** What a token says; '' is the beginning, undefined: it is none of this audience. */
export function parseAudienceToken(audience: string, token: string, shards: number): Place | undefined {
  if (token === '') return { shard: 0, after: '' };
  const [, check, shardText = '', after = ''] = TOKEN.exec(token) ?? [];
  const shard = Number.parseInt(shardText, 36);
  const isPlace = shard < shards && (after === '' || after.length === CUSTOMER_ID_CHARS);
  return isPlace && check === checkOf(audience, `${shardText}.${after}`) ? { shard, after } : undefined;
}

function checkOf(audience: string, place: string): string {
  return (murmur3(`${audience} ${place}`) >>> 0).toString(36);
}
