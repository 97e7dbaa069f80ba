import { toJson } from '@bufbuild/protobuf';
import { ProfileChangeSchema } from '../../gen/attune/v1/customer_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { timeText } from './choice-text.ts';
import { customerIn } from './customer-flags.ts';
import { traitLines } from './profile-text.ts';

/** `attune watch`: a customer's traits, then what changes of them, until Ctrl-C. */
export async function watchCustomer(flags: Flags): Promise<void> {
  const customer = customerIn(flags);
  await callService(flags, async (client) => {
    for await (const change of client.watchCustomer(customer)) {
      const text =
        flags.json === true
          ? JSON.stringify(toJson(ProfileChangeSchema, change))
          : [
              `${timeText(change.at)}  version ${change.version}: ${change.causes.join(', ')}`,
              ...traitLines(change.traits),
            ].join('\n');
      process.stdout.write(`${text}\n`);
    }
  });
}
