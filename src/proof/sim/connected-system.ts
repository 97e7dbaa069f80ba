import type { ChannelConnection } from '../../port/customers.ts';
import type { SimNode } from './sim-node.ts';

/** What chaos and the world know of a channel system. */
export interface ConnectedSystem {
  /** Index into CHANNELS. */
  readonly channel: number;
  session(node: SimNode): ChannelConnection | undefined;
  connect(node: SimNode): void;
  disconnect(node: SimNode): void;
  /** The host is gone, and its sessions with it. */
  forget(node: SimNode): void;
}
