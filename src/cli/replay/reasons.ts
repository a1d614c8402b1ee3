import type { MachineRecord } from "lanegrad/report";

/** Why a training may have given other bits than the recorded one, the likeliest first. */
export function reasonsFor(recorded: MachineRecord, here: MachineRecord, isModuleFile: boolean): readonly string[] {
  const reasons: string[] = [];
  if (recorded.lanegrad !== here.lanegrad) {
    reasons.push(
      `lanegrad ${recorded.lanegrad} trained it, this is ${here.lanegrad}: npx lanegrad@${recorded.lanegrad}`,
    );
  }
  if (recorded.kernels !== here.kernels) {
    reasons.push(
      `${recorded.kernels} kernels trained it, this Node has ${here.kernels} ones: ${recorded.host} had them`,
    );
  } else if (here.kernels === "relaxed" && recorded.processor !== here.processor) {
    reasons.push(
      `relaxed kernels have the same bits only where the engine fuses multiply and add: it was trained on ${recorded.processor}, this is ${here.processor}`,
    );
  } else if (here.kernels === "relaxed" && recorded.host !== here.host) {
    reasons.push(`relaxed kernels run as the engine compiles them: ${recorded.host} trained it, this is ${here.host}`);
  }
  if (isModuleFile) reasons.push("the module file may import other files, or draw random numbers that no seed decides");
  if (reasons.length === 0) reasons.push("versions, kernels and data are the same: this may be a bug of lanegrad");
  return reasons;
}
