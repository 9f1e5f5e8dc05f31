/// Programs beside the interpreters that starting a function uses.
package enum FunctionPrograms {
    /// Whether `setpriv` is installed, with which functions end with a server that is killed.
    package static var hasSetpriv: Bool { ProcessCommand.findSetpriv() != nil }
}
