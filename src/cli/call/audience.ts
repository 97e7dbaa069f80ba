import { toJson } from '@bufbuild/protobuf';
import { type AudienceMember, AudienceMemberSchema } from '../../gen/attune/v1/channel_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { numberIn } from './number-flag.ts';

const LIMIT = 100;
const LIMIT_MAX = 100_000_000;
const PAGE_MAX = 1_000;

/** `attune audience list`: a line a member, as they come. */
export async function listMembers(name: string, flags: Flags): Promise<void> {
  const limit = numberIn(flags, 'limit', 1, LIMIT_MAX, true) ?? LIMIT;
  const isJson = flags.json === true;
  await callService(flags, async (client) => {
    let count = 0;
    for await (const member of client.audienceMembers(name, { pageSize: Math.min(limit, PAGE_MAX) })) {
      process.stdout.write(
        isJson ? `${JSON.stringify(toJson(AudienceMemberSchema, member))}\n` : `${memberLine(member)}\n`,
      );
      if (++count >= limit) return;
    }
    if (count === 0 && !isJson) process.stdout.write(`Nobody is in the audience ${name}.\n`);
  });
}

function memberLine({ customerId, identifiers, treatment, notAfter }: AudienceMember): string {
  const about = treatment?.content?.productIds.join(', ') ?? '';
  const what = `${treatment?.actionId}/${treatment?.variantId}${about === '' ? '' : ` about ${about}`}`;
  const keys = identifiers.map(({ kind, value }) => `${kind}=${value}`).join(' ');
  return `${customerId}  ${what} until ${timeText(notAfter)}  ${keys}`;
}
