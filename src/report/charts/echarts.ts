/** ECharts, loaded when the first chart is drawn: only the parts that charts use, so that bundlers leave out the others. */
import { missingPackage } from "../../base/missing-package.ts";

/** Draws the picture of options as SVG. */
export type Draw = (options: object, size: Size) => string;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** @throws Error when ECharts is not installed */
export async function loadEcharts(where: string): Promise<Draw> {
  const missing = missingPackage(where, "echarts");
  const [core, charts, components, renderers] = await Promise.all([
    import("echarts/core").catch(missing),
    import("echarts/charts").catch(missing),
    import("echarts/components").catch(missing),
    import("echarts/renderers").catch(missing),
  ]);
  core.use([
    charts.LineChart,
    charts.ScatterChart,
    charts.BarChart,
    charts.CustomChart,
    components.GridComponent,
    renderers.SVGRenderer,
  ]);
  return (options, { width, height }) => {
    const chart = core.init(null, null, { renderer: "svg", ssr: true, width, height });
    try {
      chart.setOption({ ...options });
      return chart.renderToSVGString();
    } finally {
      chart.dispose();
    }
  };
}
