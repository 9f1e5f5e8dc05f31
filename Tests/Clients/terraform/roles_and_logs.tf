variable "stage" {
  type    = string
  default = "test"
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "functions" {
  name                 = "terraform"
  path                 = "/team/"
  description          = "Functions of ${var.stage}"
  max_session_duration = var.stage == "test" ? 3600 : 7200
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  tags = {
    stage = var.stage
  }
}

resource "aws_iam_role_policy" "invoke" {
  name = "invoke"
  role = aws_iam_role.functions.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "vpc-lattice-svcs:Invoke", Resource = "arn:aws:*:${var.stage}" }]
  })
}

resource "aws_iam_policy" "shared" {
  name        = "terraform"
  description = "Shared by functions"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::${var.stage}/*" }]
  })
  tags = {
    stage = var.stage
  }
}

resource "aws_iam_role_policy_attachment" "shared" {
  role       = aws_iam_role.functions.name
  policy_arn = aws_iam_policy.shared.arn
}

resource "aws_iam_role_policy_attachment" "basic" {
  role       = aws_iam_role.functions.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
}

resource "aws_vpclattice_access_log_subscription" "network" {
  resource_identifier = aws_vpclattice_service_network.network.id
  destination_arn     = "arn:aws:s3:::access-logs-${var.stage}"
  tags = {
    stage = var.stage
  }
}

resource "aws_vpclattice_access_log_subscription" "service" {
  resource_identifier = aws_vpclattice_service.service.arn
  destination_arn     = "arn:aws:logs:us-east-1:123456789012:log-group:/lattice/terraform:*"
}

output "role" {
  value = aws_iam_role.functions.arn
}

output "subscription" {
  value = aws_vpclattice_access_log_subscription.network.id
}
