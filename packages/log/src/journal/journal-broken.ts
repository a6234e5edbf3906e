/** Rounds of the ring are lost that were whole once, and younger ones are there. */
export class JournalBroken extends Error {}
