import { identifierRules } from '../../core/identity/conflict.ts';

/** Kinds of identifier while no policy says others, the strongest first. */
export const DEFAULT_KINDS: readonly string[] = [
  'crm',
  'loyalty',
  'email_sha256',
  'phone_sha256',
  'anonymous',
];
export const DEFAULT_RULES = identifierRules(DEFAULT_KINDS);
