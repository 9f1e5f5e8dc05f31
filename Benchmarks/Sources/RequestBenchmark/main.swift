import BenchmarkCounting

BenchmarkProgram(
    ruleCases + hostCases + signatureCases + policyCases + accessLogCases + requestCases + storeCases
).run()
