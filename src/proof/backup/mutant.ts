/**
 * Faults that a test plants to see them found: `late promise` holds the backup against what was acknowledged until it ended, `same
 * generation` lets what is restored go on under the names of before.
 */
export type BackupMutant = 'late promise' | 'same generation';
