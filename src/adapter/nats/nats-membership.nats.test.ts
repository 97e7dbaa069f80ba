import { membershipContract } from '../../port/membership.contract.ts';
import { onNats } from './nats-home.fixture.ts';
import { NatsMembership } from './nats-membership.ts';

onNats((home) => {
  membershipContract('NatsMembership', async () => {
    const deployment = home.deployment();
    return {
      open: () => new NatsMembership(deployment.door(), deployment),
      destroy: () => deployment.destroy(),
    };
  });
});
