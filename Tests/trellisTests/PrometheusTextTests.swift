import Testing

@testable import trellis

@Suite struct PrometheusTextTests {
    @Test func countersAndGauges() {
        var text = PrometheusText()
        text.add("a_total", .counter, "What \\ it\nis \"here\".", [([("x", "a\"b\\c\nd"), ("y", "")], 3)])
        text.add("b", .gauge, "B.", 0.5)
        text.add("c", .gauge, "None.", [(labels: PrometheusText.Labels, value: Double)]())
        let expected = #"""
            # HELP a_total What \\ it\nis "here".
            # TYPE a_total counter
            a_total{x="a\"b\\c\nd",y=""} 3
            # HELP b B.
            # TYPE b gauge
            b 0.5
            # HELP c None.
            # TYPE c gauge

            """#
        #expect(text.text == expected)
    }

    @Test func histogramsAreCumulative() {
        var text = PrometheusText()
        text.add(histogram: "h", "H.", bounds: [0.0005, 1], [([("s", "1")], [1, 2, 3], 1.5)])
        let expected = """
            # HELP h H.
            # TYPE h histogram
            h_bucket{s="1",le="0.0005"} 1
            h_bucket{s="1",le="1"} 3
            h_bucket{s="1",le="+Inf"} 6
            h_sum{s="1"} 1.5
            h_count{s="1"} 6

            """
        #expect(text.text == expected)
    }

    @Test func process() {
        let stat =
            "42 (a) b (c)) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 8 0 1000 4096 7 18446744073709551615 1 1"
        let metrics = ProcessMetrics(
            stat: stat, systemStat: "cpu 1 2 3\nbtime 1700000000\nprocesses 5\n", ticksPerSecond: 100, pageSize: 4096,
            openFiles: 9)
        #expect(metrics?.processorSeconds == 3)
        #expect(metrics?.residentBytes == 28_672)
        #expect(metrics?.virtualBytes == 4096)
        #expect(metrics?.startTime == 1_700_000_010)
        for bad in ["", "42 (a", "42 (a) S 1"] {
            #expect(
                ProcessMetrics(stat: bad, systemStat: "btime 1\n", ticksPerSecond: 100, pageSize: 1, openFiles: 0)
                    == nil)
        }
    }
}
