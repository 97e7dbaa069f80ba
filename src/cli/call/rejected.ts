import { toJson } from '@bufbuild/protobuf';
import {
  type ListRefusalsReply,
  ListRefusalsReplySchema,
  type RefusedMessage,
} from '../../gen/attune/v1/admin_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { numberIn } from './number-flag.ts';

/** `attune rejected`: what was refused for good last, and by which rule. */
export async function rejected(flags: Flags): Promise<void> {
  const limit = numberIn(flags, 'limit', 1, 1_000, true);
  const reply = await callService(flags, (client) =>
    client.admin.listRefusals({
      ...(limit === undefined ? {} : { limit }),
      ...(typeof flags.source === 'string' ? { source: flags.source } : {}),
      ...(typeof flags.rule === 'string' ? { rule: flags.rule } : {}),
    }),
  );
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(toJson(ListRefusalsReplySchema, reply))}\n`
      : `${textOf(reply).join('\n')}\n`,
  );
}

function textOf({ refusals, total }: ListRefusalsReply): string[] {
  if (refusals.length === 0) {
    return [
      total === 0n
        ? 'Nothing was refused since the service started.'
        : 'No refusal that is kept is of that kind.',
    ];
  }
  return [
    ...refusals.flatMap(linesOf),
    `${refusals.length} of ${total} refusals since the service started, the newest first.`,
  ];
}

function linesOf({ at, method, source, id, key, violations }: RefusedMessage): string[] {
  const from = source === '' ? '' : ` from ${source}`;
  const whose = key === '' ? '' : ` of ${key}`;
  return [
    `${timeText(at)}  ${method}${from}: "${id}"${whose}`,
    ...violations.map(({ field, rule, value, message }) => {
      const found = value === '' ? '' : ` (found ${JSON.stringify(value)})`;
      return `    ${rule} at ${field}: ${message}${found}`;
    }),
  ];
}
