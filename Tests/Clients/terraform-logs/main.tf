terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "port" {
  type = number
}

variable "package" {
  type = string
}

variable "days" {
  type    = number
  default = 14
}

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

# The group is there before the function writes to it, so that Terraform has its retention and its end.
resource "aws_cloudwatch_log_group" "function" {
  name              = "/aws/lambda/terraform-logs"
  retention_in_days = var.days
  tags = {
    days = var.days
  }
}

resource "aws_cloudwatch_log_group" "shared" {
  name_prefix = "/shared/"
}

resource "aws_cloudwatch_log_stream" "audit" {
  name           = "audit"
  log_group_name = aws_cloudwatch_log_group.shared.name
}

resource "aws_lambda_function" "plain" {
  function_name    = "terraform-logs"
  role             = "arn:aws:iam::123456789012:role/functions"
  runtime          = "python3.11"
  handler          = "app.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  depends_on       = [aws_cloudwatch_log_group.function]
}

resource "aws_lambda_function" "json" {
  function_name    = "terraform-json"
  role             = "arn:aws:iam::123456789012:role/functions"
  runtime          = "python3.11"
  handler          = "app.handler"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  logging_config {
    log_format            = "JSON"
    application_log_level = "ERROR"
    system_log_level      = "WARN"
    log_group             = aws_cloudwatch_log_group.shared.name
  }
}

data "aws_cloudwatch_log_group" "function" {
  name = aws_cloudwatch_log_group.function.name
}

output "shared" {
  value = aws_cloudwatch_log_group.shared.name
}

output "found" {
  value = data.aws_cloudwatch_log_group.function.retention_in_days
}
