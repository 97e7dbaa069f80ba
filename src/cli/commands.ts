import type { Command } from 'commander';
import { registerAuditCommands } from '../audit/audit-commands.ts';
import { registerServe } from '../node/serve-command.ts';
import { registerScenarioCommands } from '../scenario/scenario-commands.ts';
import { registerModels } from '../training/models-command.ts';
import { registerBackupCommands } from './backup/backup-commands.ts';
import { registerCallCommands } from './call/call-commands.ts';
import { registerChannelCommands } from './channel/channel-commands.ts';
import { registerClusterCommands } from './cluster/cluster-commands.ts';
import { registerModelCommands } from './models/model-commands.ts';
import { registerPolicyCommands } from './policy/policy-commands.ts';

/** Every command, with its help; each runs from a module of its own that is loaded when it is called. */
export function registerCommands(program: Command): void {
  registerServe(program);
  registerCallCommands(program);
  registerChannelCommands(program);
  registerAuditCommands(program);
  registerBackupCommands(program);
  registerClusterCommands(program);
  const policy = registerPolicyCommands(program);
  registerScenarioCommands(program, policy);
  registerModelCommands(registerModels(program));
}
