/** What became of a command that was given to the short way of plain orders. */
export enum Outcome {
  /** Not plain, or to be refused: nothing is done. */
  DECLINED = 0,
  /** Done; balances and levels that changed are noted and still to be told. */
  NOTED = 1,
  /** Done, and all is told. */
  TOLD = 2,
}
