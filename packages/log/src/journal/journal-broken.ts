/** Rounds of the ring are missing, and younger ones are there. */
export class JournalBroken extends Error {}
