import { membershipContract } from '../../port/membership.contract.ts';
import { MembershipStorage, MemoryMembership } from './memory-membership.ts';

membershipContract('MemoryMembership', async () => {
  const storage = new MembershipStorage();
  return { open: () => new MemoryMembership(storage), destroy: async () => {} };
});
