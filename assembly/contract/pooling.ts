/**
 * One window along one axis: places start, start + step, ... below end, as far as they lie in the input; and how many
 * places it stands for in an average. A table lists those of all rows, then those of all columns.
 */
@unmanaged
export class PoolRange {
  start: i32;
  end: i32;
  count: i32;
}
