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

variable "path" {
  type    = string
  default = "/staff/"
}

# Endpoint, Region and credentials come from `trellis env`.
provider "aws" {}

data "aws_caller_identity" "me" {}

variable "bounded" {
  type    = bool
  default = true
}

resource "aws_iam_user" "caller" {
  name                 = "terraform-caller"
  path                 = var.path
  force_destroy        = true
  permissions_boundary = var.bounded ? aws_iam_policy.limit.arn : null
  tags = {
    path = var.path
  }
}

resource "aws_iam_access_key" "caller" {
  user = aws_iam_user.caller.name
}

resource "aws_iam_policy" "limit" {
  name = "terraform-limit"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow", Action = ["vpc-lattice:ListServices", "lambda:ListFunctions", "sts:*"], Resource = "*"
    }]
  })
}

resource "aws_iam_group" "staff" {
  name = "terraform-staff"
  path = var.path
}

resource "aws_iam_group_membership" "staff" {
  name  = "staff"
  group = aws_iam_group.staff.name
  users = [aws_iam_user.caller.name, aws_iam_user.second.name]
}

resource "aws_iam_group_policy" "functions" {
  name  = "functions"
  group = aws_iam_group.staff.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["lambda:List*", "logs:Describe*"], Resource = "*" }]
  })
}

resource "aws_iam_group_policy_attachment" "read" {
  group      = aws_iam_group.night.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_group" "night" {
  name = "terraform-night"
}

resource "aws_iam_user" "second" {
  name = "terraform-second"
}

resource "aws_iam_user_group_membership" "second" {
  user   = aws_iam_user.second.name
  groups = var.bounded ? [aws_iam_group.night.name] : []
}

resource "aws_iam_user_policy" "assume" {
  name = "assume"
  user = aws_iam_user.caller.name
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.reader.arn }]
  })
}

resource "aws_iam_policy" "read" {
  name = "terraform-read"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["vpc-lattice:Get*", "vpc-lattice:List*"], Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "read" {
  user       = aws_iam_user.caller.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role" "reader" {
  name                 = "terraform-reader"
  permissions_boundary = var.bounded ? aws_iam_policy.limit.arn : null
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = data.aws_caller_identity.me.account_id }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.reader.name
  policy_arn = aws_iam_policy.read.arn
}

output "role" {
  value = aws_iam_role.reader.arn
}

output "key" {
  value = aws_iam_access_key.caller.id
}

output "secret" {
  value     = aws_iam_access_key.caller.secret
  sensitive = true
}
