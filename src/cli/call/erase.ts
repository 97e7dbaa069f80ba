import { toJson } from '@bufbuild/protobuf';
import { EraseReplySchema } from '../../gen/attune/v1/customer_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { customerIn } from './customer-flags.ts';

/** `attune erase`: forgets a customer, and prints the receipt. */
export async function eraseCustomer(flags: Flags): Promise<void> {
  const customer = customerIn(flags);
  const caseId = typeof flags.case === 'string' ? flags.case : '';
  const receipt = await callService(flags, (client) => client.eraseCustomer(customer, caseId));
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(toJson(EraseReplySchema, receipt))}\n`);
    return;
  }
  process.stdout.write(
    [
      `receipt      ${receipt.receiptId}`,
      `forgotten    ${timeText(receipt.erasedAt)}: no reply contains the customer, and nothing is sent to them`,
      `complete by  ${timeText(receipt.completeBy)}: until then files of log, archive and images may hold what was told of them`,
      'Copies made with "attune backup" before are yours to delete, or to restore with the list of erasures: docs/privacy.md.',
      '',
    ].join('\n'),
  );
}
