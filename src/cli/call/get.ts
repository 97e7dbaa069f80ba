import { toJson } from '@bufbuild/protobuf';
import { ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import { callService, type Flags } from './call-service.ts';
import { customerIn } from './customer-flags.ts';
import { profileText } from './profile-text.ts';

/** `attune get`: everything known of a customer. */
export async function getCustomer(flags: Flags): Promise<void> {
  const customer = customerIn(flags);
  const profile = await callService(flags, (client) => client.getCustomer(customer));
  process.stdout.write(
    flags.json === true
      ? `${JSON.stringify(toJson(ProfileSchema, profile))}\n`
      : `${profileText(profile).join('\n')}\n`,
  );
}
