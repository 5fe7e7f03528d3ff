/** The three compliance levels, from the loosest to the strictest. */

export type Level = 'standard' | 'gdpr' | 'hipaa'

export const LEVELS: readonly Level[] = ['standard', 'gdpr', 'hipaa']
