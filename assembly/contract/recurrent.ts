/** Gates in a row of an LSTM, `hidden` columns each: input, forget, candidate, output. */
export const LSTM_GATES: i32 = 4;

/** Gates in a row of a GRU, `hidden` columns each: reset, update, candidate. */
export const GRU_GATES: i32 = 3;
