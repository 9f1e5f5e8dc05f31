extension LambdaEventEncoder {
    enum HeaderForm {
        /// `"name":["first line","second line"]`
        case lists
        /// `"name":"first line, second line"`
        case joined
    }

    /// Writes the members of the headers object, names in lower case, one member per name.
    func writeHeaders(_ headers: HeaderList, _ form: HeaderForm, to event: inout JSONCursor) {
        FieldNames.withLowercased(headers) { names in
            names.withGroups { groups in
                for first in 0..<headers.count where groups.isFirst(first) {
                    if first > 0 { event.write(",") }
                    event.writeString(utf8: names[first])
                    event.write(form == .lists ? #":[""# : #":""#)
                    event.writeEscaped(headers[first].value)
                    var index = first
                    while let following = groups.next(after: index) {
                        event.write(form == .lists ? #"",""# : ", ")
                        event.writeEscaped(headers[following].value)
                        index = following
                    }
                    event.write(form == .lists ? #""]"# : #"""#)
                }
            }
        }
    }
}
