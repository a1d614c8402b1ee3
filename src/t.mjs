const core = await import("echarts/core");
const charts = await import("echarts/charts");
const comps = await import("echarts/components");
const rend = await import("echarts/renderers");
const feats = await import("echarts/features");
console.log(Object.keys(core).length, Object.keys(charts).join(" "), Object.keys(comps).join(" "), Object.keys(rend), Object.keys(feats).join(" "));
core.use([charts.LineChart, charts.ScatterChart, comps.GridComponent, rend.SVGRenderer]);
const c = core.init(null, null, {renderer:"svg", ssr:true, width:400, height:260});
c.setOption({animation:false, textStyle:{fontFamily:"inherit"}, xAxis:{type:"value", name:"epoch", axisLabel:{color:"#010203"}}, yAxis:{type:"value"}, series:[{type:"line", data:[[1,2],[2,3],[3,1]], symbol:"circle", lineStyle:{color:"var(--c1)", type:[6,3]}, itemStyle:{color:"var(--c1)"}},
{type:"scatter", large:true, largeThreshold:0, symbolSize:4, itemStyle:{color:"var(--c1)", opacity:.5}, data:[[1,2],[2,2.5],[1.5,1]]}]});
console.log(c.renderToSVGString());
